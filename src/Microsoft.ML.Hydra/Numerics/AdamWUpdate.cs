namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// AdamW (arXiv 1711.05101) over one parameter:
/// <code>
/// m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
/// w ← (1 − η λ) w − η / (1 − β₁^n) · m / (sqrt(v / (1 − β₂^n)) + ε)
/// </code>
/// </summary>
internal static unsafe class AdamWUpdate
{
    private const int NumbersPerTask = 1 << 15;

    /// <summary>Moves the parameter and its moments, all of the gradient's length.</summary>
    public static void Run(
        in AdamWStep step, Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> firstMoment, Span<float> secondMoment, Workspace workspace)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step.Number, 1);
        int count = gradient.Length;
        if (parameter.Length != count || firstMoment.Length != count || secondMoment.Length != count)
        {
            throw new ArgumentException(
                $"The parameter has {parameter.Length} numbers, its moments {firstMoment.Length} and {secondMoment.Length}, but its gradient {count}; all must have the same length.",
                nameof(parameter));
        }

        fixed (float* w = parameter, g = gradient, m = firstMoment, v = secondMoment)
        {
            workspace.Run((count + NumbersPerTask - 1) / NumbersPerTask, new Update(step, w, g, m, v, count));
        }
    }

    private readonly struct Update(AdamWStep step, float* w, float* g, float* m, float* v, int count) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            TVector beta1 = TSimd.Broadcast((float)step.Beta1), beta2 = TSimd.Broadcast((float)step.Beta2);
            TVector first = TSimd.Broadcast((float)((1 - step.Beta1) * step.GradientScale));
            TVector second = TSimd.Broadcast((float)((1 - step.Beta2) * step.GradientScale * step.GradientScale));
            TVector rate = TSimd.Broadcast((float)(-step.LearningRate / (1 - Math.Pow(step.Beta1, step.Number))));
            TVector rootScale = TSimd.Broadcast((float)(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Number))));
            TVector epsilon = TSimd.Broadcast((float)step.Epsilon), keep = TSimd.Broadcast((float)(1 - (step.LearningRate * step.WeightDecay)));
            int end = Math.Min(count, (task + 1) * NumbersPerTask);
            for (int i = task * NumbersPerTask; i < end; i += TSimd.Lanes)
            {
                int rest = end - i;
                TVector gradient = VectorMath<TSimd, TVector>.Load(g + i, rest);
                TVector m1 = TSimd.MultiplyAdd(beta1, VectorMath<TSimd, TVector>.Load(m + i, rest), TSimd.Multiply(first, gradient));
                TVector v1 = TSimd.MultiplyAdd(
                    beta2, VectorMath<TSimd, TVector>.Load(v + i, rest), TSimd.Multiply(second, TSimd.Multiply(gradient, gradient)));
                TVector root = TSimd.MultiplyAdd(TSimd.SquareRoot(v1), rootScale, epsilon);
                TVector moved = TSimd.MultiplyAdd(
                    rate, TSimd.Divide(m1, root), TSimd.Multiply(keep, VectorMath<TSimd, TVector>.Load(w + i, rest)));
                VectorMath<TSimd, TVector>.Store(m + i, m1, rest);
                VectorMath<TSimd, TVector>.Store(v + i, v1, rest);
                VectorMath<TSimd, TVector>.Store(w + i, moved, rest);
            }
        }
    }
}

/// <summary>One step of AdamW (<see cref="AdamWUpdate"/>).</summary>
/// <param name="Number">Steps taken with this one, from 1.</param>
/// <param name="LearningRate">η.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">λ; 0 for none.</param>
/// <param name="GradientScale">Factor of the gradients, below 1 where they are clipped.</param>
internal readonly record struct AdamWStep(
    long Number, double LearningRate, double Beta1, double Beta2, double Epsilon = 1e-8, double WeightDecay = 0, double GradientScale = 1);
