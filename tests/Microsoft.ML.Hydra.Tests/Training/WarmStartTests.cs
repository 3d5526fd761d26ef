using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class WarmStartTests
{
    [Fact]
    public void Known_items_move_to_their_rows_and_new_ones_stay_fresh()
    {
        using HydraModel earlier = Create(4, seed: 1), later = Create(6, seed: 2);
        Dictionary<string, NamedTensor> old = Weights(earlier), fresh = Weights(later);

        // Row 2 is gone; rows 1, 3, 4 are now 5, 1, 2; rows 3, 4, 6 are new.
        new WarmStart([.. old.Values], [0, 5, 0, 1, 2]).Apply(later);

        Dictionary<string, NamedTensor> merged = Weights(later);
        Assert.All(old.Keys.Where(name => name != "item_embedding"), name => Assert.Equal(old[name].Values<float>(), merged[name].Values<float>()));
        Assert.Equal(
            [Row(fresh, 0), Row(old, 3), Row(old, 4), Row(fresh, 3), Row(fresh, 4), Row(old, 1), Row(fresh, 6)],
            Enumerable.Range(0, 7).Select(row => Row(merged, row)));

        static float[] Row(Dictionary<string, NamedTensor> weights, int row) => weights["item_embedding"].Values<float>()[(row * 8)..((row + 1) * 8)];
    }

    [Fact]
    public void The_earlier_weights_stay_as_they_are()
    {
        using HydraModel earlier = Create(4, seed: 1), later = Create(4, seed: 2);
        NamedTensor[] weights = ModelWeights.Export(earlier);
        float[] before = [.. weights.SelectMany(w => w.Values<float>())];
        new WarmStart(weights, [0, 1, 2, 3, 4]).Apply(later);
        using (no_grad())
        {
            later.ItemEmbedding.zero_();
        }

        Assert.Equal(before, weights.SelectMany(w => w.Values<float>()));
    }

    [Theory]
    [InlineData("EmbeddingDimension", 16, "item_embedding")]
    [InlineData("NumberOfLayers", 2, "layers.1.")]
    [InlineData("StateDimension", 5, "mamba.")]
    [InlineData("UseItemGate", true, "z_proj")]
    public void Other_sizes_are_refused_either_way(string option, object value, string weight)
    {
        Action<TrainerOptions> change = o => typeof(TrainerOptions).GetProperty(option)!.SetValue(o, value);
        foreach ((Action<TrainerOptions> from, Action<TrainerOptions> to) in new[] { (_ => { }, change), (change, (Action<TrainerOptions>)(_ => { })) })
        {
            using HydraModel earlier = Create(4, 1, from), later = Create(4, 2, to);
            ArgumentException error = Assert.Throws<ArgumentException>(() => new WarmStart(ModelWeights.Export(earlier), [0, 1, 2, 3, 4]).Apply(later));
            Assert.StartsWith("The earlier model cannot be continued with these options: The weight '", error.Message, StringComparison.Ordinal);
            Assert.Contains(weight, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_goes_on_from_where_the_earlier_one_ended()
    {
        TrainerOptions options = SmallRun.SmallOptions(o => (o.NumberOfEpochs, o.Validation, o.DropoutRate) = (6, SequenceValidation.None, 0));
        TrainingResult first = new SmallRun(options).Train();
        var identity = Enumerable.Range(0, 13).ToArray();

        TrainingResult second = new SmallRun(options) { WarmStart = new WarmStart(first.Weights, identity) }.Train();

        Assert.True(second.Epochs[0].Loss < first.Epochs[2].Loss);
    }

    private static HydraModel Create(int items, ulong seed, Action<TrainerOptions>? change = null) =>
        new(ResolvedOptions.SizesFor(SmallRun.SmallOptions(change), items), ModelKernels.For(CPU, 2), seed, 0);

    private static Dictionary<string, NamedTensor> Weights(HydraModel model) => ModelWeights.Export(model).ToDictionary(w => w.Name);
}
