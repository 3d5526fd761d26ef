using System.Buffers.Binary;
using Microsoft.ML.Hydra.Tests.Persistence;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Chance for one case, and what several mutators share.</summary>
internal static class Damage
{
    /// <summary>Single-precision numbers at and past the ends of what is ordinary.</summary>
    public static readonly float[] OddSingles =
    [
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -0f, 0, 1, -1, 30, -30, 99, -99, 1e10f, -1e10f, 1e20f, 1e-20f, 3e38f,
    ];

    /// <summary>Double-precision numbers at and past the ends of what is ordinary.</summary>
    public static readonly double[] OddDoubles =
    [
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, -0.0, 0, 1, -1, 0.5, 1e-7, 1e6, 1e12, 1e13, 1e300, -1e300,
    ];

    /// <summary>Whole numbers at and past the ends of what is ordinary.</summary>
    public static readonly int[] OddIntegers = [int.MaxValue, int.MaxValue - 1, int.MinValue, -1, 0, 1, 2, 3, 9, 12, 13, 20, 21, 63, 64, 65, 255, 256, 65535, 65536, 1 << 24, 1 << 30];

    /// <summary>The generator of a case.</summary>
    public static Random Generator(string kind, long number)
    {
        ulong mixed = (ulong)number;
        foreach (char c in kind)
        {
            mixed = (mixed ^ c) * 0x9E3779B97F4A7C15;
        }

        mixed ^= mixed >> 29;
        return new Random((int)(mixed * 0xBF58476D1CE4E5B9 >> 33));
    }

    /// <summary>An item of a list.</summary>
    public static T From<T>(this Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];

    /// <summary>Damage to bytes without regard to what they mean.</summary>
    public static byte[] Bytes(byte[] source, Random random)
    {
        if (source.Length > 0)
        {
            return ByteMutations.Of(source, random.Next(), 1).Single().Bytes;
        }

        var noise = new byte[random.Next(1, 40)];
        random.NextBytes(noise);
        return noise;
    }

    /// <summary>A copy in which one or several aligned 32-bit numbers are odd ones.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="start">Where they begin.</param>
    /// <param name="random">Chance.</param>
    /// <param name="asSingles">Whether they are floating-point numbers.</param>
    public static byte[] Words(byte[] source, int start, Random random, bool asSingles)
    {
        byte[] copy = [.. source];
        int count = (copy.Length - start) / sizeof(int);
        if (count < 1)
        {
            return copy;
        }

        int first = random.Next(count), length = random.Next(3) == 0 ? random.Next(1, count - first + 1) : 1;
        int bits = asSingles ? BitConverter.SingleToInt32Bits(random.From(OddSingles)) : random.From(OddIntegers);
        for (int i = first; i < first + length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(start + (i * sizeof(int))), bits);
        }

        return copy;
    }

    /// <summary>A copy in which a double at a place is an odd one.</summary>
    public static byte[] Double(byte[] source, int place, Random random)
    {
        byte[] copy = [.. source];
        if (place + sizeof(double) <= copy.Length)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(copy.AsSpan(place), random.From(OddDoubles));
        }

        return copy;
    }
}
