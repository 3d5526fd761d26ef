using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>
/// The selective scan and its gradients in float64, step after step with every state kept. Operands are contiguous;
/// gradients of the padding are 0.
/// </summary>
internal sealed class ReferenceScan(ScanShape shape, int[] lengths)
{
    public required double[] X { get; init; }

    public required double[] Dt { get; init; }

    public required double[] A { get; init; }

    public required double[] B { get; init; }

    public required double[] C { get; init; }

    public required double[] D { get; init; }

    public double[] Forward()
    {
        var y = new double[X.Length];
        ForEachHead((group, first, length, h) =>
        {
            double[][] states = States(group, first, length, h);
            for (int t = 0; t < length; t++)
            {
                for (int p = 0; p < shape.Width; p++)
                {
                    int at = XIndex(first + t, h, p);
                    y[at] = D[(group * shape.Heads) + h] * X[at];
                    for (int n = 0; n < shape.StateSize; n++)
                    {
                        y[at] += states[t + 1][(p * shape.StateSize) + n] * C[((first + t) * shape.StateSize) + n];
                    }
                }
            }
        });
        return y;
    }

    public (double[] X, double[] Dt, double[] A, double[] B, double[] C, double[] D) Backward(double[] dy)
    {
        (double[] dx, double[] ddt, double[] da) = (new double[X.Length], new double[Dt.Length], new double[A.Length]);
        (double[] db, double[] dc, double[] dd) = (new double[B.Length], new double[C.Length], new double[D.Length]);
        ForEachHead((group, first, length, h) =>
        {
            int parameter = (group * shape.Heads) + h;
            double[][] states = States(group, first, length, h);
            var adjoint = new double[shape.Width * shape.StateSize];
            for (int t = length - 1; t >= 0; t--)
            {
                double dt = Dt[((first + t) * shape.Heads) + h], decay = Math.Exp(dt * A[parameter]), dLogDecay = 0;
                for (int p = 0; p < shape.Width; p++)
                {
                    int at = XIndex(first + t, h, p);
                    double dv = 0;
                    for (int n = 0; n < shape.StateSize; n++)
                    {
                        (int pn, int row) = ((p * shape.StateSize) + n, ((first + t) * shape.StateSize) + n);
                        adjoint[pn] += dy[at] * C[row];
                        dc[row] += states[t + 1][pn] * dy[at];
                        db[row] += adjoint[pn] * dt * X[at];
                        dv += adjoint[pn] * B[row];
                        dLogDecay += adjoint[pn] * decay * states[t][pn];
                        adjoint[pn] *= decay;
                    }

                    dx[at] = (dv * dt) + (D[parameter] * dy[at]);
                    ddt[((first + t) * shape.Heads) + h] += dv * X[at];
                    dd[parameter] += dy[at] * X[at];
                }

                ddt[((first + t) * shape.Heads) + h] += A[parameter] * dLogDecay;
                da[parameter] += dt * dLogDecay;
            }
        });
        return (dx, ddt, da, db, dc, dd);
    }

    // S_0 … S_L, each [P, N]
    private double[][] States(int group, int first, int length, int h)
    {
        var states = new double[length + 1][];
        states[0] = new double[shape.Width * shape.StateSize];
        for (int t = 0; t < length; t++)
        {
            double dt = Dt[((first + t) * shape.Heads) + h], decay = Math.Exp(dt * A[(group * shape.Heads) + h]);
            states[t + 1] = new double[shape.Width * shape.StateSize];
            for (int pn = 0; pn < states[0].Length; pn++)
            {
                (int p, int n) = Math.DivRem(pn, shape.StateSize);
                states[t + 1][pn] = (decay * states[t][pn]) + (dt * X[XIndex(first + t, h, p)] * B[((first + t) * shape.StateSize) + n]);
            }
        }

        return states;
    }

    private int XIndex(int row, int head, int p) => (((row * shape.Heads) + head) * shape.Width) + p;

    private void ForEachHead(Action<int, int, int, int> action)
    {
        for (int sequence = 0; sequence < shape.Sequences; sequence++)
        {
            for (int h = 0; h < shape.Heads; h++)
            {
                action(sequence / shape.Batch, sequence * shape.Length, lengths[sequence % shape.Batch], h);
            }
        }
    }
}
