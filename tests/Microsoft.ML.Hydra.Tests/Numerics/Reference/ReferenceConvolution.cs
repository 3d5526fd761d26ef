namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>Causal convolution and SiLU of one sequence as the definition reads, in float64; contiguous rows.</summary>
internal sealed class ReferenceConvolution(int channels, int taps)
{
    public required double[] X { get; init; }

    public required double[] Weight { get; init; }

    public required double[] Bias { get; init; }

    private int Length => X.Length / channels;

    public double[] Forward()
    {
        var y = new double[X.Length];
        ForEach((t, c) => y[(t * channels) + c] = ReferenceLayers.Silu(PreActivation(t, c)));
        return y;
    }

    public (double[] X, double[] Weight, double[] Bias) Backward(double[] dy)
    {
        (double[] dx, double[] dw, double[] db) = (new double[X.Length], new double[Weight.Length], new double[Bias.Length]);
        ForEach((t, c) =>
        {
            double du = dy[(t * channels) + c] * ReferenceLayers.SiluDerivative(PreActivation(t, c));
            db[c] += du;
            foreach ((int tap, int input) in Taps(t, c))
            {
                dx[input] += du * Weight[tap];
                dw[tap] += du * X[input];
            }
        });
        return (dx, dw, db);
    }

    private double PreActivation(int t, int c) => Bias[c] + Taps(t, c).Sum(at => Weight[at.Tap] * X[at.Input]);

    // Places of the taps that do not reach before the first step, and of what they are multiplied with
    private IEnumerable<(int Tap, int Input)> Taps(int t, int c) =>
        from j in Enumerable.Range(0, taps)
        let past = t - taps + 1 + j
        where past >= 0
        select ((j * channels) + c, (past * channels) + c);

    private void ForEach(Action<int, int> action)
    {
        for (int t = 0; t < Length; t++)
        {
            for (int c = 0; c < channels; c++)
            {
                action(t, c);
            }
        }
    }
}
