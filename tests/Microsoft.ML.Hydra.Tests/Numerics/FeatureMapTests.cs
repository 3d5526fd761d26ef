using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class FeatureMapTests
{
    private const int Features = 37;

    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Vectors_and_gradients_equal_the_twin(string set)
    {
        foreach ((int items, int width) in new[] { (5, 1), (600, 7), (300, 64), (9, 100) })
        {
            foreach ((bool learnsAll, int full) in new[] { (false, 0), (true, 0), (false, 11), (true, 2), (false, Features) })
            {
                Case run = new(items, width, learnsAll, full);
                var twin = new ReferenceFeatureMap(run.X, run.Gates, width);
                (double[] own, double[] map) = twin.Gradients(run.Gradient.ToDouble(), run.Learns);

                (float[] vectors, float[] foundOwn, float[] foundMap) = run.Run(set, threads: 1);

                string what = $"{set} {items}×{width} learns all {learnsAll} full {full}";
                KernelCase.Close(twin.Vectors(run.Own.ToDouble(), run.Map.ToDouble()), vectors, 2e-6, what + " e");
                KernelCase.Close(map, foundMap, 2e-6, what + " dW");
                KernelCase.Close(own, foundOwn, 2e-6, what + " dδ");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Bits_do_not_depend_on_the_number_of_threads(string set)
    {
        foreach ((int width, int full) in new[] { (7, 0), (33, 10), (64, Features) })
        {
            Case run = new(700, width, learnsAll: true, full);
            (float[] vectors, float[] own, float[] map) = run.Run(set, threads: 1);
            (float[] sameVectors, float[] sameOwn, float[] sameMap) = run.Run(set, threads: 4);

            Assert.Equal(vectors, sameVectors);
            Assert.Equal(own, sameOwn);
            Assert.Equal(map, sameMap);
        }
    }

    [Fact]
    public void Gradients_of_the_twin_equal_central_differences()
    {
        Case run = new(4, 3, learnsAll: true);
        var twin = new ReferenceFeatureMap(run.X, run.Gates, 3);
        (double[] own, double[] map) = (run.Own.ToDouble(), run.Map.ToDouble());
        (double[] ownGradient, double[] mapGradient) = twin.Gradients(run.Gradient.ToDouble(), null);
        double Loss() => twin.Vectors(own, map).Zip(run.Gradient, (e, v) => e * v).Sum();

        KernelCase.IsGradient(ownGradient, own, Loss, "dδ");
        KernelCase.IsGradient(mapGradient, map, Loss, "dW");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    public void The_table_has_the_bits_of_the_kernel_for_all_items(int full)
    {
        Case run = new(300, 75, learnsAll: true, full);

        Assert.Equal(run.Run(InstructionSets.Best.ToString(), threads: 2).Vectors, FeatureTable.Compute(run.X, run.Gates, run.Own, run.Map));
    }

    [Fact]
    public void A_row_without_features_is_the_own_part_scaled_by_its_gate()
    {
        SparseRows features = SparseSamples.Of(2, [], [], [0, 3]);

        Assert.Equal([1, 2, 1.5f, 2, 5.5f, 63], FeatureTable.Compute(features, [1, 0.5f, 0.25f], [1, 2, 3, 4, 10, 12], [9, 9, 1, 20]));
    }

    private sealed class Case
    {
        private readonly int _width;
        private readonly int _full;

        public Case(int items, int width, bool learnsAll, int full = 0)
        {
            (_width, _full) = (width, full);
            X = SparseSamples.Random(1, items + 1, Features, full);
            Gates = KernelCase.Random(2, items + 1, 0, 1);
            Learns = learnsAll ? null : [.. Enumerable.Range(0, items + 1).Select(row => row % 3 > 0)];
            Own = KernelCase.Random(3, (items + 1) * width);
            Map = KernelCase.Random(4, Features * width);
            Gradient = KernelCase.Random(5, Own.Length);
        }

        public SparseRows X { get; }

        public float[] Gates { get; }

        public bool[]? Learns { get; }

        public float[] Own { get; }

        public float[] Map { get; }

        public float[] Gradient { get; }

        /// <summary>e, dδ, dW.</summary>
        public unsafe (float[] Vectors, float[] Own, float[] Map) Run(string set, int threads)
        {
            using Workspace workspace = KernelCase.Workspace(set, threads);
            (float[] vectors, float[] own, float[] map) = (new float[Own.Length], KernelCase.Random(6, Own.Length), new float[Map.Length]);
            fixed (int* offsets = X.Offsets, columns = X.Columns)
            fixed (float* values = X.Values, gates = Gates, mine = Own, weights = Map, found = vectors, gradient = Gradient, ownGradient = own, mapGradient = map)
            fixed (bool* learns = Learns)
            {
                var of = new MappedItems(offsets, columns, values, gates, new FeatureSizes(X.NumberOfRows, Features, _full, _width));
                workspace.Run(of.Ranges, new FeatureMapForward(of, mine, weights, found));
                workspace.Run(FeatureMapBackward.Tasks, new FeatureMapBackward(of, gradient, mapGradient, learns));
                workspace.Run(of.Ranges, new GateBackward(of, gradient, ownGradient));
            }

            return (vectors, own, map);
        }
    }
}
