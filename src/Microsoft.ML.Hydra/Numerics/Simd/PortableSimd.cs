using System.Runtime.Intrinsics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>128-bit vectors of any processor.</summary>
internal readonly unsafe struct PortableSimd : ISimd<Vector128<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Lanes => 4;

    public static bool HasManyRegisters => false;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    [MethodImpl(Inline)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(Inline)]
    public static void Store(float* target, Vector128<float> value) => value.Store(target);

    [MethodImpl(Inline)]
    public static void Prefetch(float* address)
    {
    }

    [MethodImpl(Inline)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(Inline)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(Inline)]
    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    [MethodImpl(Inline)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(Inline)]
    public static Vector128<float> Divide(Vector128<float> a, Vector128<float> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);

    [MethodImpl(Inline)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.MaxNative(a, b);

    [MethodImpl(Inline)]
    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.MinNative(a, b);

    [MethodImpl(Inline)]
    public static Vector128<float> SquareRoot(Vector128<float> a) => Vector128.Sqrt(a);

    [MethodImpl(Inline)]
    public static Vector128<float> Round(Vector128<float> a) => Vector128.Round(a);

    [MethodImpl(Inline)]
    public static Vector128<float> ScaleByPowerOfTwo(Vector128<float> a, Vector128<float> n) =>
        (a.AsInt32() + Vector128.ShiftLeft(Vector128.ConvertToInt32Native(n), 23)).AsSingle();

    [MethodImpl(Inline)]
    public static float Sum(Vector128<float> a) => Vector128.Sum(a);

    [MethodImpl(Inline)]
    public static float MaxLane(Vector128<float> a)
    {
        Vector128<float> pairs = Vector128.MaxNative(a, Vector128.Shuffle(a, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(Inline)]
    public static uint GreaterBits(Vector128<float> a, Vector128<float> b) => Vector128.GreaterThan(a, b).ExtractMostSignificantBits();

    [MethodImpl(Inline)]
    public static Vector128<float> Select(uint bits, Vector128<float> a, Vector128<float> b)
    {
        Vector128<uint> lanes = Vector128.Create(1, 2, 4, 8u);
        return Vector128.ConditionalSelect(Vector128.Equals(Vector128.Create(bits) & lanes, lanes).AsSingle(), a, b);
    }

    [MethodImpl(Inline)]
    public static Vector128<float> AddByteProducts(Vector128<float> sums, byte* items, Vector128<float> query)
    {
        Vector128<short> bytes = Vector128.Load(items).AsInt16(), signed = query.AsInt16();
        Vector128<short> even = (bytes & Vector128.Create((short)255)) * (signed << 8 >> 8);
        Vector128<short> odd = (bytes >>> 8) * (signed >> 8);
        Vector128<int> pairs = (even + odd).AsInt32();
        return (sums.AsInt32() + (pairs << 16 >> 16) + (pairs >> 16)).AsSingle();
    }

    [MethodImpl(Inline)]
    public static Vector128<float> FromInt32(Vector128<float> a) => Vector128.ConvertToSingle(a.AsInt32());

    [MethodImpl(Inline)]
    public static Vector128<float> LoadPart(float* source, int count) =>
        Vector128.Create(source[0], count > 1 ? source[1] : 0, count > 2 ? source[2] : 0, 0);

    [MethodImpl(Inline)]
    public static void StorePart(float* target, Vector128<float> value, int count)
    {
        target[0] = value.GetElement(0);
        if (count > 1)
        {
            target[1] = value.GetElement(1);
        }

        if (count > 2)
        {
            target[2] = value.GetElement(2);
        }
    }
}
