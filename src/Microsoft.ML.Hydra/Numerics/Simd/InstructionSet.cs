namespace Microsoft.ML.Hydra.Numerics;

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
