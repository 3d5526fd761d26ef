using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Model;
using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Fitted;

public sealed class PinnedWeightsTests
{
    private static readonly NamedTensor[] s_weights = Export();

    [Fact]
    public void All_weights_of_a_model_are_bound()
    {
        using var pinned = new PinnedWeights(TinyModel.Sizes, s_weights);
        float[] items = s_weights.Single(weight => weight.Name == EncoderWeights.ItemVectors).Values<float>();
        unsafe
        {
            Assert.Equal(items, new ReadOnlySpan<float>(pinned.Weights.Items, items.Length));
            Assert.All(pinned.Weights.Layers, layer => Assert.True(layer.Down != null));
        }
    }

    [Fact]
    public void Missing_foreign_and_wrongly_shaped_weights_are_refused_by_name()
    {
        NamedTensor gateUp = s_weights.Single(weight => weight.Name == "layers.1.feed_forward.gate_up");
        NamedTensor turned = new(gateUp.Name, [gateUp.Shape[1], gateUp.Shape[0]], gateUp.Data);
        NamedTensor narrow = new(gateUp.Name, gateUp.Shape, Array.ConvertAll(gateUp.Values<float>(), value => (double)value));
        NamedTensor foreign = new("third_thing", [1], new float[1]);

        Refused([.. s_weights.Where(weight => weight != gateUp)], "'layers.1.feed_forward.gate_up' is missing");
        Refused([.. s_weights.Where(weight => weight != gateUp), turned], "shape [10, 14]; the model's options and items need [14, 10]");
        Refused([.. s_weights.Where(weight => weight != gateUp), narrow], "F64 elements");
        Refused([.. s_weights, foreign], "'third_thing' is not one of the model");
    }

    private static void Refused(NamedTensor[] weights, string because)
    {
        Assert.Contains(because, Assert.Throws<InvalidDataException>(() => PinnedWeights.Check(TinyModel.Sizes, [.. weights.Select(WeightForm.Of)])).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => new PinnedWeights(TinyModel.Sizes, weights));
    }

    private static NamedTensor[] Export()
    {
        using HydraModel model = TinyModel.Create(dtype: torch.ScalarType.Float32);
        return ModelWeights.Export(model);
    }
}
