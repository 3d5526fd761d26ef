using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>256-bit vectors with fused multiply-add.</summary>
internal readonly unsafe struct Avx2Simd : ISimd<Vector256<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Lanes => 8;

    public static bool HasManyRegisters => false;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(Inline)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(Inline)]
    public static void Store(float* target, Vector256<float> value) => value.Store(target);

    [MethodImpl(Inline)]
    public static void Prefetch(float* address) => Sse.Prefetch0(address);

    [MethodImpl(Inline)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(Inline)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(Inline)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(Inline)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(Inline)]
    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);

    [MethodImpl(Inline)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);

    [MethodImpl(Inline)]
    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) => Vector256.MinNative(a, b);

    [MethodImpl(Inline)]
    public static Vector256<float> SquareRoot(Vector256<float> a) => Vector256.Sqrt(a);

    [MethodImpl(Inline)]
    public static Vector256<float> Round(Vector256<float> a) => Vector256.Round(a);

    [MethodImpl(Inline)]
    public static Vector256<float> ScaleByPowerOfTwo(Vector256<float> a, Vector256<float> n) =>
        (a.AsInt32() + Vector256.ShiftLeft(Vector256.ConvertToInt32Native(n), 23)).AsSingle();

    [MethodImpl(Inline)]
    public static float Sum(Vector256<float> a) => Vector256.Sum(a);

    [MethodImpl(Inline)]
    public static float MaxLane(Vector256<float> a) => PortableSimd.MaxLane(Vector128.MaxNative(a.GetLower(), a.GetUpper()));

    [MethodImpl(Inline)]
    public static uint GreaterBits(Vector256<float> a, Vector256<float> b) => Vector256.GreaterThan(a, b).ExtractMostSignificantBits();

    [MethodImpl(Inline)]
    public static Vector256<float> Select(uint bits, Vector256<float> a, Vector256<float> b)
    {
        Vector256<uint> lanes = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128u);
        return Vector256.ConditionalSelect(Vector256.Equals(Vector256.Create(bits) & lanes, lanes).AsSingle(), a, b);
    }

    [MethodImpl(Inline)]
    public static Vector256<float> AddByteProducts(Vector256<float> sums, byte* items, Vector256<float> query)
    {
        Vector256<short> pairs = Avx2.MultiplyAddAdjacent(Vector256.Load(items), query.AsSByte());
        return (sums.AsInt32() + Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One)).AsSingle();
    }

    [MethodImpl(Inline)]
    public static Vector256<float> FromInt32(Vector256<float> a) => Vector256.ConvertToSingle(a.AsInt32());

    [MethodImpl(Inline)]
    public static Vector256<float> LoadPart(float* source, int count) => Avx.MaskLoad(source, Mask(count));

    [MethodImpl(Inline)]
    public static void StorePart(float* target, Vector256<float> value, int count) => Avx.MaskStore(target, Mask(count), value);

    [MethodImpl(Inline)]
    private static Vector256<float> Mask(int count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
}
