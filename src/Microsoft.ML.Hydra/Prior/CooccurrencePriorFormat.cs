using System.Text;

namespace Microsoft.ML.Hydra.Prior;

/// <summary>
/// The stored form of a prior, little-endian: a byte for the reach, <c>float64</c> backward, decay, gain and weight, then for each row of the catalogue the
/// number of its links, their targets, ascending, as differences, both of 7 bits a byte, and their weights as float16.
/// </summary>
internal static class CooccurrencePriorFormat
{
    /// <summary>Stores a prior.</summary>
    public static void Write(CooccurrencePrior prior, Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write((byte)prior.Shape.Reach);
        writer.Write(prior.Shape.Backward);
        writer.Write(prior.Shape.Decay);
        writer.Write(prior.Gain);
        writer.Write(prior.Weight);
        for (int row = 1; row <= prior.Links.NumberOfItems; row++)
        {
            ReadOnlySpan<int> targets = prior.Links.Targets(row);
            writer.Write7BitEncodedInt(targets.Length);
            int last = 0;
            foreach (int target in targets)
            {
                writer.Write7BitEncodedInt(target - last);
                last = target;
            }

            foreach (float weight in prior.Links.Weights(row))
            {
                writer.Write((Half)weight);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote. Memory grows with what is really there.</summary>
    /// <param name="stream">Where it comes from.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <exception cref="InvalidDataException">It is no such prior.</exception>
    public static CooccurrencePrior Read(Stream stream, int numberOfItems)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        var reach = (CooccurrenceReach)reader.ReadByte();
        if (!Enum.IsDefined(reach))
        {
            throw new InvalidDataException($"Reach is {(int)reach}; wanted 0 or 1");
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
        return value >= least && value <= most ? value : throw new InvalidDataException($"{name} is {value}; wanted {least} to {most}");
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
