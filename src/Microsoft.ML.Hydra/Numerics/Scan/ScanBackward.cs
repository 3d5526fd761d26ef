namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The gradients of a scan from those of its outputs; one task is one sequence of one group. With the adjoint
/// <c>G_t = dy_t ⊗ C_t + decay_{t+1} G_{t+1}</c> and <c>v_t = dt_t x_t</c>:
/// <code>
/// dC_t = S_t^T dy_t        dB_t = G_t^T v_t        dv_t = G_t B_t        dδ_t = &lt;G_t, decay_t S_{t−1}&gt;,  δ_t = dt_t A
/// </code>
/// In a segment (see <see cref="ScanSegments"/>) S' sums <c>(f v) ⊗ B</c> forwards and G' sums <c>(dy / f) ⊗ C</c> backwards in
/// time, so the first three are <see cref="OuterProductRecurrence{TSimd, TVector}"/>. The last is that product at a segment's first
/// step, and <c>dδ_t = dδ_{t+1} + dC_t·C_t − dB_t·B_t</c> in float64 elsewhere. States are kept at segment starts only, which is
/// 1/64 of them unless decays are stiff. Given its neighbours, a sequence is a piece of a longer one.
/// </summary>
internal readonly unsafe struct ScanBackward(
    ScanOperands operands, float* dy, nint dyStride, ScanGradientPointers gradients, ScanNeighbours neighbours = default) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ScanShape shape = operands.Shape;
        int length = operands.Length(task);
        gradients.ClearPadding(task, length);
        if (length == 0)
        {
            return;
        }

        PaddedRows b = PaddedRows.Of<TSimd, TVector>(operands.B(task), operands.BStride, length, shape.StateSize, arena);
        PaddedRows c = PaddedRows.Of<TSimd, TVector>(operands.C(task), operands.CStride, length, shape.StateSize, arena);
        for (int h = 0; h < shape.Heads; h++)
        {
            var head = new ScanHeadBackward<TSimd, TVector>(operands, gradients, task, h, b, c, dy, dyStride, neighbours, arena);
            (double rate, double skip) = head.Run();
            gradients.SetParameters(task, h, rate, skip);
        }
    }
}
