using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>Causal convolution and SiLU as the definition reads, in float64; contiguous rows.</summary>
internal sealed class ReferenceConvolution(ConvolutionShape shape, int[] lengths)
{
    public required double[] X { get; init; }

    public required double[] Weight { get; init; }

    public required double[] Bias { get; init; }

    public double[] Forward()
    {
        var y = new double[X.Length];
        ForEach((at, first, t, group, c) => y[at] = ReferenceLayers.Silu(PreActivation(first, t, group, c)));
        return y;
    }

    public (double[] X, double[] Weight, double[] Bias) Backward(double[] dy)
    {
        (double[] dx, double[] dw, double[] db) = (new double[X.Length], new double[Weight.Length], new double[Bias.Length]);
        ForEach((at, first, t, group, c) =>
        {
            double du = dy[at] * ReferenceLayers.SiluDerivative(PreActivation(first, t, group, c));
            db[(group * shape.Channels) + c] += du;
            for (int j = 0; j < shape.Taps; j++)
            {
                int past = t - shape.Taps + 1 + j;
                if (past >= 0)
                {
                    int input = ((first + past) * shape.Channels) + c, tap = (((group * shape.Taps) + j) * shape.Channels) + c;
                    dx[input] += du * Weight[tap];
                    dw[tap] += du * X[input];
                }
            }
        });
        return (dx, dw, db);
    }

    private double PreActivation(int first, int t, int group, int c)
    {
        double u = Bias[(group * shape.Channels) + c];
        for (int j = 0; j < shape.Taps; j++)
        {
            int past = t - shape.Taps + 1 + j;
            u += past < 0 ? 0 : Weight[(((group * shape.Taps) + j) * shape.Channels) + c] * X[((first + past) * shape.Channels) + c];
        }

        return u;
    }

    private void ForEach(Action<int, int, int, int, int> action)
    {
        for (int sequence = 0; sequence < shape.Sequences; sequence++)
        {
            for (int t = 0; t < lengths[sequence % shape.Batch]; t++)
            {
                for (int c = 0; c < shape.Channels; c++)
                {
                    int first = sequence * shape.Length;
                    action(((first + t) * shape.Channels) + c, first, t, sequence / shape.Batch, c);
                }
            }
        }
    }
}
