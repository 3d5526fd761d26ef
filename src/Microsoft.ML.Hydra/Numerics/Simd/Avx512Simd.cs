using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>512-bit vectors.</summary>
internal readonly unsafe struct Avx512Simd : ISimd<Vector512<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Lanes => 16;

    public static bool HasManyRegisters => true;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(Inline)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(Inline)]
    public static void Store(float* target, Vector512<float> value) => value.Store(target);

    [MethodImpl(Inline)]
    public static void Prefetch(float* address) => Sse.Prefetch0(address);

    [MethodImpl(Inline)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(Inline)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(Inline)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(Inline)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(Inline)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.MultiplyAddEstimate(a, b, c);

    [MethodImpl(Inline)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    [MethodImpl(Inline)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.MinNative(a, b);

    [MethodImpl(Inline)]
    public static Vector512<float> SquareRoot(Vector512<float> a) => Vector512.Sqrt(a);

    [MethodImpl(Inline)]
    public static Vector512<float> Round(Vector512<float> a) => Vector512.Round(a);

    [MethodImpl(Inline)]
    public static Vector512<float> ScaleByPowerOfTwo(Vector512<float> a, Vector512<float> n) =>
        Avx512F.Scale(a, n);

    [MethodImpl(Inline)]
    public static float Sum(Vector512<float> a) => Vector512.Sum(a);

    [MethodImpl(Inline)]
    public static float MaxLane(Vector512<float> a) => Avx2Simd.MaxLane(Vector256.MaxNative(a.GetLower(), a.GetUpper()));

    [MethodImpl(Inline)]
    public static uint GreaterBits(Vector512<float> a, Vector512<float> b) => (uint)Vector512.GreaterThan(a, b).ExtractMostSignificantBits();

    [MethodImpl(Inline)]
    public static Vector512<float> Select(uint bits, Vector512<float> a, Vector512<float> b)
    {
        Vector512<uint> lanes = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768u);
        return Vector512.ConditionalSelect(Vector512.Equals(Vector512.Create(bits) & lanes, lanes).AsSingle(), a, b);
    }

    [MethodImpl(Inline)]
    public static Vector512<float> AddByteProducts(Vector512<float> sums, byte* items, Vector512<float> query)
    {
        Vector512<short> pairs = Avx512BW.MultiplyAddAdjacent(Vector512.Load(items), query.AsSByte());
        return (sums.AsInt32() + Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One)).AsSingle();
    }

    [MethodImpl(Inline)]
    public static Vector512<float> FromInt32(Vector512<float> a) => Vector512.ConvertToSingle(a.AsInt32());

    [MethodImpl(Inline)]
    public static Vector512<float> LoadPart(float* source, int count) =>
        Avx512F.MaskLoad(source, Mask(count), Vector512<float>.Zero);

    [MethodImpl(Inline)]
    public static void StorePart(float* target, Vector512<float> value, int count) => Avx512F.MaskStore(target, Mask(count), value);

    [MethodImpl(Inline)]
    private static Vector512<float> Mask(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
