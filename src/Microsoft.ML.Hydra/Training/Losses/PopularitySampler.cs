namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Draws items with replacement with probability proportional to (count + 1)^0.75 and knows each item's expected number of
/// draws, for the log-Q correction of the sampled softmax.
/// </summary>
internal sealed class PopularitySampler
{
    private const double Power = 0.75;
    private readonly double[] _cumulative;   // of item row i + 1

    /// <param name="itemCounts">Training events by item row; entry 0 (padding) is ignored.</param>
    public PopularitySampler(ReadOnlySpan<int> itemCounts)
    {
        _cumulative = new double[itemCounts.Length - 1];
        double sum = 0;
        for (int i = 0; i < _cumulative.Length; i++)
        {
            sum += Math.Pow(itemCounts[i + 1] + 1.0, Power);
            _cumulative[i] = sum;
        }
    }

    /// <summary>Fills <paramref name="rows"/> with item rows drawn from <paramref name="random"/>.</summary>
    public void Draw(Span<long> rows, Random random)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            int found = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
            rows[i] = Math.Min(found < 0 ? ~found : found + 1, _cumulative.Length - 1) + 1;
        }
    }

    /// <summary>Probability that one draw gives the item.</summary>
    public double Probability(long row)
    {
        int i = checked((int)row) - 1;
        return (_cumulative[i] - (i == 0 ? 0 : _cumulative[i - 1])) / _cumulative[^1];
    }
}
