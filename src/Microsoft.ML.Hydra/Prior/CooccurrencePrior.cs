using System.Runtime.Intrinsics;
using System.Text;

namespace Microsoft.ML.Hydra.Prior;

/// <summary>Which pairs of a sequence count, and how much. The numbers are stored in models.</summary>
internal enum CooccurrenceReach
{
    /// <summary>Pairs up to 10 events apart, <c>1/j</c> at distance <c>j</c>: what follows what.</summary>
    Near = 0,

    /// <summary>Pairs up to 20 events apart, 1 each: what goes with what, for histories whose order carries little information.</summary>
    Far = 1,
}

/// <summary>How pairs of items are counted and how fast a history decays: the part of the prior that is chosen on held-out events.</summary>
/// <param name="Reach">Which pairs count.</param>
/// <param name="Backward">Count of a pair in reverse order, as a share of its count in order; 0 to 1.</param>
/// <param name="Decay">Weight of an item of the history relative to the one after it; above 0, at most 1.</param>
internal readonly record struct CooccurrenceShape(CooccurrenceReach Reach, double Backward, double Decay)
{
    /// <summary>Items of a history that are read.</summary>
    public const int Depth = 20;

    /// <summary>The weights of the last items of a history, the last item first.</summary>
    public double[] Recency()
    {
        var recency = new double[Depth];
        for (int back = 0; back < Depth; back++)
        {
            recency[back] = Math.Pow(Decay, back);
        }

        return recency;
    }
}

/// <summary>
/// A score of the next item from counts alone, added to a model's scores: <c>score(b) + Weight · log(1 + Gain · m(b))</c>, <c>m</c> the
/// recency-weighted links from the last items (<see cref="LinkSums"/>). Together a product of two experts, the second with a lower bound. Immutable.
/// </summary>
internal sealed class CooccurrencePrior
{
    /// <summary>Most rows that a history can reach.</summary>
    public const int MaximumReach = CooccurrenceShape.Depth * Cooccurrences.MaximumLinks;

    // Several times the rounding error of a sum in single precision with a product as one term
    private const double RelativeRounding = 1e-6;

    private readonly double[] _recency;

    /// <param name="links">The links between items.</param>
    /// <param name="shape">How it was counted and how the history decays.</param>
    /// <param name="gain">Above 0.</param>
    /// <param name="weight">Above 0.</param>
    public CooccurrencePrior(ItemLinks links, CooccurrenceShape shape, double gain, double weight)
    {
        (Links, Shape, Gain, Weight) = (links, shape, gain, weight);
        _recency = shape.Recency();
    }

    public ItemLinks Links { get; }

    public CooccurrenceShape Shape { get; }

    public double Gain { get; }

    public double Weight { get; }

    /// <summary>Adds up the links from the last items of a history.</summary>
    public void Gather(ReadOnlySpan<int> history, LinkSums sums) => sums.Add(Links, history, _recency);

    /// <summary>The boosts, which are added to scores; above 0 where m is above 0.</summary>
    /// <param name="sums">m of some items.</param>
    /// <param name="boosts">Receives a boost for each.</param>
    public void FindBoosts(ReadOnlySpan<double> sums, Span<float> boosts)
    {
        FindLogarithms(sums, Gain, boosts);
        for (int i = 0; i < sums.Length; i++)
        {
            boosts[i] *= (float)Weight;
        }
    }

    /// <summary>The boost of one item.</summary>
    /// <param name="sum">Its m.</param>
    public float Boost(double sum)
    {
        float boost = 0;
        if (sum > 0)
        {
            FindBoosts(new ReadOnlySpan<double>(in sum), new Span<float>(ref boost));
        }

        return boost;
    }

    /// <summary>A lower bound of the m that raises a score to a threshold: no smaller m does, whatever the rounding.</summary>
    /// <param name="score">The score, finite or negative infinity.</param>
    /// <param name="threshold">The threshold, finite or negative infinity.</param>
    public double LeastSum(float score, float threshold)
    {
        double lift = (double)threshold - score;
        double least = (lift * (1 - RelativeRounding)) - (2 * RelativeRounding * Math.Abs(threshold));
        return lift > 0 ? (Math.Exp(least / Weight) - 1) / Gain : 0;
    }

    /// <summary><c>log(1 + gain · m)</c>: boosts at weight 1. The result for one sum does not depend on the others.</summary>
    /// <param name="sums">m of some items.</param>
    /// <param name="gain">The gain.</param>
    /// <param name="logarithms">Receives one for each.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FindLogarithms(ReadOnlySpan<double> sums, double gain, Span<float> logarithms)
    {
        int count = Vector512<double>.Count;
        Span<double> last = stackalloc double[count];
        for (int start = 0; start < sums.Length; start += count)
        {
            int length = Math.Min(count, sums.Length - start);
            sums.Slice(start, length).CopyTo(last);
            Vector512<double> logarithm = Vector512.Log(Vector512<double>.One + (Vector512.Create((ReadOnlySpan<double>)last) * gain));
            for (int i = 0; i < length; i++)
            {
                logarithms[start + i] = (float)logarithm[i];
            }
        }
    }

    /// <summary>
    /// Stores the prior, little-endian: a byte for the reach, <c>float64</c> backward, decay, gain and weight, then for each row of the catalogue the
    /// number of its links, their targets, ascending, as differences, both in 7 bits a byte, and their weights as float16.
    /// </summary>
    public void Write(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write((byte)Shape.Reach);
        writer.Write(Shape.Backward);
        writer.Write(Shape.Decay);
        writer.Write(Gain);
        writer.Write(Weight);
        for (int row = 1; row <= Links.NumberOfItems; row++)
        {
            ReadOnlySpan<int> targets = Links.Targets(row);
            writer.Write7BitEncodedInt(targets.Length);
            int last = 0;
            foreach (int target in targets)
            {
                writer.Write7BitEncodedInt(target - last);
                last = target;
            }

            foreach (float weight in Links.Weights(row))
            {
                writer.Write((Half)weight);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote. Memory grows with what is really there.</summary>
    /// <param name="stream">Where it comes from.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <exception cref="InvalidDataException">The content is not a prior, or is damaged.</exception>
    public static CooccurrencePrior Read(Stream stream, int numberOfItems)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        var reach = (CooccurrenceReach)reader.ReadByte();
        if (!Enum.IsDefined(reach))
        {
            throw new InvalidDataException($"Reach is {(int)reach}; expected 0 or 1");
        }

        double backward = Number(reader, "Backward", least: 0, most: 1);
        double decay = Number(reader, "Decay", least: 0.001, most: 1);
        double gain = Number(reader, "Gain", least: 1e-6, most: 1e12);
        double weight = Number(reader, "Weight", least: 1e-6, most: 1e6);
        var links = new ItemLinksBuilder();
        var targets = new List<int>();
        for (int row = 1; row <= numberOfItems; row++)
        {
            ReadTargets(reader, row, numberOfItems, targets);
            foreach (int target in targets)
            {
                float value = (float)reader.ReadHalf();
                links.Add(target, value > 0 && float.IsFinite(value) ? value : throw new InvalidDataException($"a link of item {row} weighs {value}; weights are above 0"));
            }

            links.EndRow();
        }

        return new CooccurrencePrior(links.Build(), new CooccurrenceShape(reach, backward, decay), gain, weight);
    }

    private static double Number(BinaryReader reader, string name, double least, double most)
    {
        double value = reader.ReadDouble();
        return value >= least && value <= most ? value : throw new InvalidDataException($"{name} is {value}; expected {least} to {most}");
    }

    private static void ReadTargets(BinaryReader reader, int row, int numberOfItems, List<int> targets)
    {
        targets.Clear();
        int count = reader.Read7BitEncodedInt();
        if (count is < 0 or > Cooccurrences.MaximumLinks)
        {
            throw new InvalidDataException($"item {row} has {count} links, of at most {Cooccurrences.MaximumLinks}");
        }

        long last = 0;
        for (int i = 0; i < count; i++)
        {
            long target = last + reader.Read7BitEncodedInt();
            if (target <= last || target > numberOfItems)
            {
                throw new InvalidDataException($"item {row} links to row {target} after {last}, of {numberOfItems}");
            }

            targets.Add((int)target);
            last = target;
        }
    }
}
