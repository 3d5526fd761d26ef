using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Float32 operations of one vector width. Kernels are written once over this and compiled for each implementation, which
/// are structs, so that every call below becomes one instruction.
/// </summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface ISimd<TVector>
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Whether 32 vector registers allow the larger tiles.</summary>
    static abstract bool HasManyRegisters { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(float* target, TVector value);

    /// <summary>The first numbers, 1 to one less than a vector, with zeros after them.</summary>
    static abstract TVector LoadPart(float* source, int count);

    /// <summary>Fetches the cache line of an address ahead of its use, where the processor can; changes no result.</summary>
    static abstract void Prefetch(float* address);

    /// <summary>Stores the first lanes, 1 to one less than all.</summary>
    static abstract void StorePart(float* target, TVector value, int count);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary><c>a b + c</c>, fused where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The larger of each lane; the second when either is NaN or, on some processors, NaN.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>The smaller of each lane; the second when either is NaN or, on some processors, NaN.</summary>
    static abstract TVector Min(TVector a, TVector b);

    static abstract TVector SquareRoot(TVector a);

    /// <summary>The nearest whole number, ties to even.</summary>
    static abstract TVector Round(TVector a);

    /// <summary><c>a 2^n</c> for whole n in [−126, 127].</summary>
    static abstract TVector ScaleByPowerOfTwo(TVector a, TVector n);

    /// <summary>The sum of all lanes.</summary>
    static abstract float Sum(TVector a);

    /// <summary>The largest lane.</summary>
    static abstract float MaxLane(TVector a);

    /// <summary>Bit i is set where lane i of <paramref name="a"/> is larger; never where either is NaN.</summary>
    static abstract uint GreaterBits(TVector a, TVector b);

    /// <summary>Lane i of <paramref name="a"/> where bit i is set, else of <paramref name="b"/>.</summary>
    static abstract TVector Select(uint bits, TVector a, TVector b);

    /// <summary>
    /// Adds to each lane of <paramref name="sums"/> four products of bytes. Lanes are taken as bits: sums as int32,
    /// <paramref name="items"/> as 0 … 255 and <paramref name="query"/> as −63 … 63, so that two products fit int16.
    /// </summary>
    static abstract TVector AddByteProducts(TVector sums, byte* items, TVector query);

    /// <summary>Lanes taken as int32 bits, as float32.</summary>
    static abstract TVector FromInt32(TVector a);
}

/// <summary>Vector instructions that the kernels can be compiled for, slowest first.</summary>
internal enum InstructionSet
{
    /// <summary>128-bit vectors of any processor (NEON on Arm).</summary>
    Portable,

    /// <summary>256-bit vectors with fused multiply-add (x86-64).</summary>
    Avx2,

    /// <summary>512-bit vectors (x86-64).</summary>
    Avx512,
}

/// <summary>What this processor offers, found once per process.</summary>
internal static class InstructionSets
{
    /// <summary>The widest set of this processor.</summary>
    public static InstructionSet Best { get; } =
        IsSupported(InstructionSet.Avx512) ? InstructionSet.Avx512 :
        IsSupported(InstructionSet.Avx2) ? InstructionSet.Avx2 : InstructionSet.Portable;

    /// <summary>Whether kernels compiled for the set run here.</summary>
    public static bool IsSupported(InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => Avx512BW.IsSupported && Vector512.IsHardwareAccelerated,
        InstructionSet.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };
}
