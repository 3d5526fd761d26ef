using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Options;

public sealed class ResolvedOptionsTests
{
    [Fact]
    public void Zeros_stand_for_the_paper_s_sizes() => Assert.Equal(
        new ModelSizes
        {
            NumberOfItems = 9,
            Width = 64,
            Layers = 3,
            LatentHeads = 4,
            LatentWidth = 16,
            Expand = 2,
            StateSize = 32,
            InnerHeadWidth = 16,
            ConvolutionTaps = 4,
            FeedForwardWidth = 176,
            ItemGate = false,
            RotaryGate = false,
            Temperature = null,
        },
        ResolvedOptions.SizesFor(new TrainerOptions { EmbeddingDimension = 64 }, 9));

    [Theory]
    [InlineData("EmbeddingDimension", 0)]
    [InlineData("MaximumTokensPerBatch", 0)]
    [InlineData("LearningRate", null)]
    [InlineData("DropoutRate", null)]
    [InlineData("LaterTargetRate", null)]
    [InlineData("Seed", null)]
    public void Nothing_may_be_open(string option, object? open)
    {
        TrainerOptions options = SmallRun.SmallOptions();
        Assert.Same(options, new ResolvedOptions(options).All);
        typeof(TrainerOptions).GetProperty(option)!.SetValue(options, open);
        Assert.Equal(option, Assert.Throws<ArgumentException>(() => new ResolvedOptions(options)).ParamName);
    }

    [Fact]
    public void Set_sizes_are_taken()
    {
        ModelSizes sizes = ResolvedOptions.SizesFor(
            new TrainerOptions { EmbeddingDimension = 64, LatentHeadDimension = 6, InnerHeadDimension = 3, FeedForwardDimension = 7, UseItemGate = true, NormalizeScores = true, Temperature = 0.2 }, 9);
        Assert.Equal((6, 12, 4, 7, true, 0.2), (sizes.LatentWidth, sizes.InnerWidth, sizes.InnerHeads, sizes.FeedForwardWidth, sizes.ItemGate, sizes.Temperature));
    }
}
