using System.Text;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Vocabularies in the saved form (<see cref="ItemVocabularyFormat"/>) that no data has: ids twice, empty, of other types, counts that are not right.</summary>
internal static class VocabularyDamage
{
    private const int Version = 1;

    private static readonly string[] s_odd = ["", " ", "a", "\ud800", "\udfff\ud800", "\0", "\u202e", "é", "e\u0301", new string('x', 5000), "\uFEFF", "item 1"];

    /// <summary>A damaged copy of a vocabulary, or another one of about as many items.</summary>
    /// <param name="source">A valid vocabulary.</param>
    /// <param name="items">Number of its items.</param>
    /// <param name="random">Chance.</param>
    public static byte[] Apply(byte[] source, int items, Random random) => random.Next(5) switch
    {
        < 2 => Damage.Bytes(source, random),
        2 => Damage.Words(source, random.Next(8), random, asSingles: false),
        _ => Compose(items, random),
    };

    private static byte[] Compose(int items, Random random)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        int count = random.Next(4) == 0 ? random.Next(0, 2 * items) : items;
        writer.Write(random.Next(30) == 0 ? random.From(Damage.OddIntegers) : Version);
        int kind = random.Next(20) == 0 ? random.Next(256) : random.Next(1, 4);
        writer.Write((byte)kind);
        switch (kind)
        {
            case 1:
                WriteCount(writer, count, random);
                WriteTexts(writer, count, random);
                break;
            case 2:
                writer.Write((byte)random.Next(20));
                WriteCount(writer, count, random);
                WriteIntegers(writer, count, random);
                break;
            default:
                writer.Write((byte)random.Next(20));
                WriteCount(writer, count, random);
                int values = random.Next(18);
                writer.Write((byte)values);
                WriteValues(writer, values, count, random);
                break;
        }

        return stream.ToArray();
    }

    private static void WriteCount(BinaryWriter writer, int count, Random random) =>
        writer.Write(random.Next(15) == 0 ? random.From(Damage.OddIntegers) : count);

    private static void WriteTexts(BinaryWriter writer, int count, Random random)
    {
        for (int i = 0; i < count; i++)
        {
            ItemVocabularyFormat.WriteText(writer, random.Next(10) == 0 ? random.From(s_odd) : $"item {i}");
        }
    }

    private static void WriteIntegers(BinaryWriter writer, int count, Random random)
    {
        for (int i = 0; i < count; i++)
        {
            writer.Write(random.Next(12) == 0 ? random.NextInt64(-300, 300) : random.Next(60) == 0 ? long.MinValue + i : i + 1L);
        }
    }

    // Keys have values of any type; texts and noise of about the right length stand for them.
    private static void WriteValues(BinaryWriter writer, int type, int count, Random random)
    {
        if (type == 1)
        {
            WriteTexts(writer, count, random);
        }
        else if (type > 0)
        {
            int width = type switch { 2 or 3 or 12 => 1, 4 or 5 => 2, 6 or 7 or 10 => 4, 13 => 9, 14 or 16 => 16, _ => 8 };
            var bytes = new byte[Math.Max(0, (width * count) + (random.Next(6) == 0 ? random.Next(-3, 4) : 0))];
            if (random.Next(3) > 0)
            {
                random.NextBytes(bytes);
            }

            writer.Write(bytes);
        }
    }
}
