namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>The softmax temperature, learned as log(1 / τ) with Adam (arXiv 1412.6980); τ stays within .01 and 1.</summary>
/// <param name="start">The first temperature.</param>
internal sealed class TemperatureStep(double start)
{
    public const double Least = .01;

    public const double Most = 1;

    private const double Beta1 = .9, Beta2 = .999;

    /// <summary>log(1 / τ), its first and second moment, and the number of steps.</summary>
    public double[] State { get; private set; } = [-Math.Log(start), 0, 0, 0];

    /// <summary>τ.</summary>
    public double Value => Math.Exp(-State[0]);

    /// <summary>Moves log(1 / τ) against its gradient.</summary>
    public void Step(double gradient, double rate)
    {
        double step = State[3] + 1;
        double first = Beta1 * State[1] + (1 - Beta1) * gradient, second = Beta2 * State[2] + (1 - Beta2) * gradient * gradient;
        double moved = State[0] - rate * first / (1 - Math.Pow(Beta1, step)) / (Math.Sqrt(second / (1 - Math.Pow(Beta2, step))) + 1e-8);
        State = [Math.Clamp(moved, -Math.Log(Most), -Math.Log(Least)), first, second, step];
    }

    /// <summary>Goes on from a state that was written.</summary>
    public void Restore(double[] state) => State = state;
}
