using Microsoft.ML.Hydra.Benchmarks.Machine;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Machine;

/// <summary>The counts against sums over the weights by name, and against counting loops.</summary>
public sealed class FlopCountTests
{
    private static readonly string[] s_matrices = ["x_proj", "z_proj", "in_proj", "out_proj", "gate_up", "down"];

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    public void A_layer_multiplies_every_weight_of_a_matrix_three_times_for_each_token(int dimension)
    {
        ModelSizes sizes = RaceModel.Sizes(new RaceSettings(200, dimension, 1, 1), layers: 1);
        const long Tokens = 1000;
        long weights = EncoderWeights.Lengths(sizes).Where(weight => s_matrices.Contains(weight.Name.Split('.')[^1])).Sum(weight => weight.Length);
        var scan = new ScanShape(sizes.LatentHeads, 1, (int)Tokens, sizes.InnerHeads, sizes.InnerHeadWidth, sizes.StateSize);

        Assert.Equal((6.0 * weights * Tokens) + FlopCount.Scan(scan), FlopCount.Layer(sizes, Tokens));
    }

    [Fact]
    public void A_scan_takes_two_multiply_adds_for_each_state_element_in_four_passes()
    {
        var shape = new ScanShape(Groups: 2, Batch: 3, Length: 5, Heads: 2, Width: 4, StateSize: 7);
        long elements = 0;
        for (int step = 0; step < 2 * 3 * 5; step++)
        {
            elements += 2 * 4 * 7;
        }

        Assert.Equal(2.0 * 2 * 4 * elements, FlopCount.Scan(shape));
    }

    [Fact]
    public void A_step_is_its_layers_and_three_products_with_the_catalogue()
    {
        ModelSizes sizes = RaceModel.Sizes(new RaceSettings(200, 64, 1, 1));
        double products = 3 * FlopCount.Product(new GemmShape(500, sizes.NumberOfItems, sizes.Width));

        Assert.Equal((2 * FlopCount.Layer(sizes, 500)) + products, FlopCount.TrainingStep(sizes, 500));
    }

    [Theory]
    [InlineData(InstructionSet.Portable, 4)]
    [InlineData(InstructionSet.Avx2, 8)]
    [InlineData(InstructionSet.Avx512, 16)]
    internal unsafe void The_loop_of_multiply_adds_counts_its_operations(InstructionSet set, int lanes)
    {
        if (!InstructionSets.IsSupported(set))
        {
            return;
        }

        using var workspace = new Workspace(1, set);
        double operations = 0;
        double* target = &operations;
        workspace.Run(1, new MultiplyAddLoop(1000, target));

        Assert.Equal(2.0 * 12 * lanes * 1000, operations);
    }
}
