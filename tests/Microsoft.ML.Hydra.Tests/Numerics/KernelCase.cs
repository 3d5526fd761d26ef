using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

/// <summary>What the kernel tests share: instruction sets, random numbers, rows in pinned memory, comparison with a twin in float64.</summary>
internal static unsafe class KernelCase
{
    /// <summary>The instruction sets that this processor has.</summary>
    public static IEnumerable<InstructionSet> Sets => Enum.GetValues<InstructionSet>().Where(InstructionSets.IsSupported);

    /// <summary>One theory row for each instruction set.</summary>
    public static TheoryData<string> SetNames => [.. Sets.Select(s => s.ToString())];

    /// <summary>Single-threaded workspace of a set by name.</summary>
    public static Workspace Workspace(string set, int degree = 1) => new(degree, Enum.Parse<InstructionSet>(set));

    /// <summary>Runs a kernel with the vectors of a set.</summary>
    public static void Run<TWork>(string set, TWork work)
        where TWork : struct, IWork
    {
        using Workspace workspace = Workspace(set);
        workspace.Run(1, work);
    }

    /// <summary>Rows with given numbers, further apart than they need, as slices of a packed projection are.</summary>
    public static RowPointer Place(this Arena arena, float[] values, int width)
    {
        RowPointer rows = arena.Room(values.Length / width, width);
        for (int i = 0; i < values.Length / width; i++)
        {
            values.AsSpan(i * width, width).CopyTo(new(rows[i], width));
        }

        return rows;
    }

    /// <summary>The numbers of a vector or of a matrix without gaps.</summary>
    public static float* Place(this Arena arena, float[] values) => arena.Place(values, Math.Max(1, values.Length)).Start;

    /// <summary>Rows of NaN, old content that must not be read.</summary>
    public static RowPointer Room(this Arena arena, int rows, int width)
    {
        const int Gap = 5;
        int stride = width + Gap;
        float* start = arena.Floats((long)rows * stride);
        new Span<float>(start, rows * stride).Fill(float.NaN);
        return new(start, stride);
    }

    /// <summary>The numbers of rows, one row after another.</summary>
    public static float[] Values(this RowPointer rows, int count, int width) =>
        [.. Enumerable.Range(0, count).SelectMany(i => new ReadOnlySpan<float>(rows[i], width).ToArray())];

    /// <summary>Random numbers, uniform in [low, high).</summary>
    public static float[] Random(int seed, long count, double low = -1, double high = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (long i = 0; i < count; i++)
        {
            values[i] = (float)(low + (random.NextDouble() * (high - low)));
        }

        return values;
    }

    public static double[] ToDouble(this float[] values) => Array.ConvertAll(values, v => (double)v);

    /// <summary>Every number must be within <paramref name="tolerance"/> of the largest expected one (or of 1e-6 if all are tiny).</summary>
    public static void Close(double[] expected, float[] actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = Math.Max(1e-6, expected.Select(Math.Abs).DefaultIfEmpty().Max());
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(expected[i] - actual[i]);
            Assert.True(error <= tolerance * scale, $"{what}[{i}]: {actual[i]} is {error / scale:e2} of the scale away from {expected[i]}");
        }
    }

    /// <summary>
    /// Compares a gradient with central differences of a float64 function at up to 40 of its elements.
    /// </summary>
    public static void IsGradient(double[] gradient, double[] input, Func<double> function, string what, double step = 1e-5)
    {
        double scale = Math.Max(1e-6, gradient.Select(Math.Abs).Max());
        int stride = Math.Max(1, input.Length / 40);
        for (int i = 0; i < input.Length; i += stride)
        {
            double kept = input[i];
            input[i] = kept + step;
            double above = function();
            input[i] = kept - step;
            double below = function();
            input[i] = kept;
            double expected = (above - below) / (2 * step);
            Assert.True(Math.Abs(expected - gradient[i]) <= 1e-6 * scale + 1e-8, $"{what}[{i}]: {gradient[i]}, central difference {expected}");
        }
    }
}
