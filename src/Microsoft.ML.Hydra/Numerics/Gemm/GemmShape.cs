namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Sizes of <c>C = alpha · op(A) · op(B) + beta · C</c>, row-major; any size may be 0.</summary>
/// <param name="M">Rows of C and of op(A).</param>
/// <param name="N">Columns of C and of op(B).</param>
/// <param name="K">Columns of op(A), rows of op(B).</param>
/// <param name="TransposeA">A is stored <c>[K, M]</c> instead of <c>[M, K]</c>.</param>
/// <param name="TransposeB">B is stored <c>[N, K]</c> instead of <c>[K, N]</c>.</param>
/// <param name="Alpha">Factor of the product.</param>
/// <param name="Beta">Factor of the old C; 0 does not read it.</param>
internal readonly record struct GemmShape(
    int M, int N, int K, bool TransposeA = false, bool TransposeB = false, float Alpha = 1, float Beta = 0);
