namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// Replaces scores by places from the worst, 1, up: where scores are equal the more popular item is better, and this order survives the rounding to Single.
/// Sorts by the bits of the scores in linear time. Scratch memory of one caller.
/// </summary>
internal sealed class OrdinalScores
{
    // Three digits of 11 bits hold the 32 bits of a score.
    private const int DigitBits = 11;
    private const int Digits = 3;
    private const int Buckets = 1 << DigitBits;

    private readonly int[] _leastPopularFirst;
    private readonly int[] _counts = new int[Digits * Buckets];
    private (uint Key, int Row)[] _sorted;
    private (uint Key, int Row)[] _other;

    /// <param name="popularity">Orders items whose scores are equal.</param>
    public OrdinalScores(Popularity popularity)
    {
        int items = popularity.Places.Length - 1;
        _leastPopularFirst = new int[items];
        for (int row = 1; row <= items; row++)
        {
            _leastPopularFirst[items - 1 - popularity.Places[row]] = row;
        }

        (_sorted, _other) = (new (uint, int)[items], new (uint, int)[items]);
    }

    /// <summary>Replaces the scores of one history.</summary>
    /// <param name="scores"><c>[NumberOfItems + 1]</c>, all finite; index 0 is left as it is.</param>
    public void Replace(Span<float> scores)
    {
        Array.Clear(_counts);
        for (int i = 0; i < _sorted.Length; i++)
        {
            int row = _leastPopularFirst[i];
            uint key = KeyOf(scores[row]);
            _sorted[i] = (key, row);
            for (int digit = 0; digit < Digits; digit++)
            {
                _counts[(digit * Buckets) + DigitOf(key, digit)]++;
            }
        }

        // Each pass keeps the order of equal digits, so equal scores stay with the least popular first.
        for (int digit = 0; digit < Digits; digit++)
        {
            Sort(digit, _counts.AsSpan(digit * Buckets, Buckets));
        }

        for (int i = 0; i < _sorted.Length; i++)
        {
            scores[_sorted[i].Row] = i + 1;
        }
    }

    private void Sort(int digit, Span<int> counts)
    {
        int next = 0;
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            (counts[bucket], next) = (next, next + counts[bucket]);
        }

        foreach ((uint Key, int Row) item in _sorted)
        {
            _other[counts[DigitOf(item.Key, digit)]++] = item;
        }

        (_sorted, _other) = (_other, _sorted);
    }

    private static int DigitOf(uint key, int digit) => (int)(key >> (digit * DigitBits)) & (Buckets - 1);

    // Unsigned numbers in the order of the scores: the bits of a negative number are inverted, others get the highest bit. Adding 0 makes −0 the same as 0.
    private static uint KeyOf(float score)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
    }
}
