namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Sizes of <c>C = op(A) · op(B)</c>, row-major; any size may be 0.</summary>
/// <param name="M">Rows of C and of op(A).</param>
/// <param name="N">Columns of C and of op(B).</param>
/// <param name="K">Columns of op(A), rows of op(B).</param>
/// <param name="TransposeA">A is stored <c>[K, M]</c> instead of <c>[M, K]</c>.</param>
/// <param name="TransposeB">B is stored <c>[N, K]</c> instead of <c>[K, N]</c>.</param>
/// <param name="Adds">The product is added to the old C, which is not read otherwise.</param>
internal readonly record struct GemmShape(
    int M, int N, int K, bool TransposeA = false, bool TransposeB = false, bool Adds = false);
