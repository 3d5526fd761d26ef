namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Inputs for kernels.</summary>
internal static class Numbers
{
    /// <summary>Uniform numbers, the same ones for a seed.</summary>
    public static float[] Uniform(long count, float least, float most, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            value = least + ((most - least) * random.NextSingle());
        }

        return values;
    }
}
