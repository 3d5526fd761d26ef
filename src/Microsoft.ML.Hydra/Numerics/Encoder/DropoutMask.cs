using System.Runtime.Intrinsics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Which values dropout keeps, as a function of seed, site and row: any thread can make any row, as often as it is needed, and
/// nothing is stored. A row's numbers come from SplitMix64 (Steele, Lea &amp; Flood 2014), 16 bits for each value, so that the rate is
/// a multiple of 1/65536.
/// </summary>
internal readonly struct DropoutMask
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const int Levels = 1 << 16;

    private readonly ulong _seed;
    private readonly int _dropped;   // of 65536

    /// <param name="seed">Seed of the step.</param>
    /// <param name="rate">Share of values set to 0, in [0, 1).</param>
    public DropoutMask(ulong seed, double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rate, 1);
        (_seed, _dropped) = (seed, (int)Math.Min(Math.Round(rate * Levels), Levels - 1));
    }

    /// <summary>Whether anything is dropped.</summary>
    public bool IsActive => _dropped > 0;

    /// <summary>Fills a row with 0 for values that are dropped and with 1 / (1 − rate) for those that are kept.</summary>
    /// <param name="site">Which dropout of the model: 0 after the embedding, then two for each layer.</param>
    /// <param name="row">Row of the batch.</param>
    /// <param name="factors">Receives <paramref name="width"/> numbers; room for 15 more is needed.</param>
    /// <param name="width">Values of the row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Fill(int site, long row, float* factors, int width)
    {
        Vector128<int> dropped = Vector128.Create(_dropped);
        Vector128<float> kept = Vector128.Create((float)Levels / (Levels - _dropped));
        ulong state = Mix(_seed ^ Mix(((ulong)(uint)site << 40) + (ulong)row));
        for (int i = 0; i < width; i += 16)
        {
            ulong a = Mix(state += Golden), b = Mix(state += Golden), c = Mix(state += Golden), d = Mix(state += Golden);
            Put(Vector128.Create(a, b).AsUInt16(), dropped, kept, factors + i);
            Put(Vector128.Create(c, d).AsUInt16(), dropped, kept, factors + i + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Put(Vector128<ushort> bits, Vector128<int> dropped, Vector128<float> kept, float* factors)
    {
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(bits);
        (Vector128.GreaterThanOrEqual(lower.AsInt32(), dropped).AsSingle() & kept).Store(factors);
        (Vector128.GreaterThanOrEqual(upper.AsInt32(), dropped).AsSingle() & kept).Store(factors + 4);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
