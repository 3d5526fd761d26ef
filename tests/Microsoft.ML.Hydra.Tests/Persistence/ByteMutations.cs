using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>Damages bytes in ways that disks, transfers and attackers do; the same seed gives the same damage.</summary>
internal static class ByteMutations
{
    private static readonly long[] AbsurdNumbers =
        [long.MaxValue, long.MinValue, -1, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, 1L << 40, 1L << 62, 0, 1, 0x7FFFFFC8, 100_000_001];

    private static readonly (string Name, Func<byte[], Random, byte[]> Apply)[] Kinds =
    [
        ("one bit flipped", (bytes, random) => FlipBits(bytes, random, 1)),
        ("several bits flipped", (bytes, random) => FlipBits(bytes, random, random.Next(2, 9))),
        ("cut short", (bytes, random) => bytes[..random.Next(bytes.Length)]),
        ("bytes inserted", (bytes, random) => Splice(bytes, random.Next(bytes.Length + 1), 0, Noise(random, random.Next(1, 33)))),
        ("bytes appended", (bytes, random) => [.. bytes, .. Noise(random, random.Next(1, 33))]),
        ("a run removed", (bytes, random) => Splice(bytes, Run(bytes, random), [])),
        ("a run replaced by noise", (bytes, random) => Splice(bytes, Run(bytes, random), run => Noise(random, run))),
        ("a run zeroed", (bytes, random) => Splice(bytes, Run(bytes, random), run => new byte[run])),
        ("a run repeated", (bytes, random) => Repeat(bytes, Run(bytes, random))),
        ("an absurd binary number", OverwriteNumber),
        ("an absurd decimal number", ReplaceDigits),
        ("the start replaced by an absurd number", (bytes, random) => Splice(bytes, 0, Math.Min(8, bytes.Length), Absurd(random, 8))),
    ];

    /// <summary><paramref name="count"/> damaged copies, each different from <paramref name="source"/>, with what was done.</summary>
    public static IEnumerable<(string Description, byte[] Bytes)> Of(byte[] source, int seed, int count)
    {
        var random = new Random(seed);
        int made = 0;
        while (made < count)
        {
            (string name, Func<byte[], Random, byte[]> apply) = Kinds[random.Next(Kinds.Length)];
            byte[] mutated = apply([.. source], random);
            if (!mutated.AsSpan().SequenceEqual(source))
            {
                yield return ($"mutation {made} of seed {seed}: {name}", mutated);
                made++;
            }
        }
    }

    private static byte[] FlipBits(byte[] bytes, Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }

    private static byte[] OverwriteNumber(byte[] bytes, Random random)
    {
        int width = Math.Min(random.Next(2) == 0 ? 4 : 8, bytes.Length);
        return Splice(bytes, random.Next(bytes.Length - width + 1), width, Absurd(random, width));
    }

    private static byte[] ReplaceDigits(byte[] bytes, Random random)
    {
        int start = random.Next(bytes.Length);
        while (start < bytes.Length && !char.IsAsciiDigit((char)bytes[start]))
        {
            start++;
        }

        int end = start;
        while (end < bytes.Length && char.IsAsciiDigit((char)bytes[end]))
        {
            end++;
        }

        string number = AbsurdNumbers[random.Next(AbsurdNumbers.Length)].ToString(CultureInfo.InvariantCulture);
        return Splice(bytes, start, end - start, Encoding.ASCII.GetBytes(number + (random.Next(4) == 0 ? "000" : string.Empty)));
    }

    private static byte[] Absurd(Random random, int width)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, AbsurdNumbers[random.Next(AbsurdNumbers.Length)]);
        return number[..width];
    }

    private static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }

    private static Range Run(byte[] bytes, Random random)
    {
        int start = random.Next(bytes.Length);
        return start..(start + random.Next(1, Math.Min(64, bytes.Length - start) + 1));
    }

    private static byte[] Repeat(byte[] bytes, Range run) => Splice(bytes, run.End.Value, 0, bytes[run]);

    private static byte[] Splice(byte[] bytes, Range run, Func<int, byte[]> replacement) =>
        Splice(bytes, run, replacement(run.End.Value - run.Start.Value));

    private static byte[] Splice(byte[] bytes, Range run, byte[] replacement) =>
        Splice(bytes, run.Start.Value, run.End.Value - run.Start.Value, replacement);

    private static byte[] Splice(byte[] bytes, int start, int length, byte[] replacement) =>
        [.. bytes[..start], .. replacement, .. bytes[(start + length)..]];
}
