namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Sums that tasks made apart, put together in the order of the tasks.</summary>
internal static unsafe class PartialSums
{
    /// <summary><c>target[g, i] = Σ_t sums[g, t, i]</c>, added in float64.</summary>
    public static void Add(float* sums, int groups, int tasksPerGroup, int width, Span<float> target)
    {
        for (int group = 0; group < groups; group++)
        {
            for (int i = 0; i < width; i++)
            {
                double total = 0;
                for (int task = 0; task < tasksPerGroup; task++)
                {
                    total += sums[((((long)group * tasksPerGroup) + task) * width) + i];
                }

                target[(group * width) + i] = (float)total;
            }
        }
    }
}
