using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Text.LanguageModels;
using TorchSharp;
using Xunit;
using Parameter = TorchSharp.Modules.Parameter;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>The gradient of the whole step, from weights to loss, against finite differences in float64.</summary>
public sealed class GradientTests
{
    private const int NumberOfItems = 12;
    private const double Temperature = .3;

    public static TheoryData<string, TextPooling, TextTuning> Cases => new()
    {
        { "bert", TextPooling.Mean, TextTuning.Full },
        { "bert", TextPooling.FirstToken, TextTuning.Lora },
        { "bert", TextPooling.ItemToken, TextTuning.Full },
        { "bert", TextPooling.Mean, TextTuning.TopLayers },
        { "bert", TextPooling.Mean, TextTuning.Projection },
        { "llama", TextPooling.LastToken, TextTuning.Full },
        { "llama", TextPooling.Mean, TextTuning.Lora },
        { "llama", TextPooling.ItemToken, TextTuning.Full },
        { "llama", TextPooling.LastToken, TextTuning.TopLayers },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_gradient_of_a_step_is_that_of_finite_differences(string kind, TextPooling pooling, TextTuning tuning)
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        bool hasItem = pooling == TextPooling.ItemToken;
        LanguageModelWeights weights = TinyModels.Weights(kind == "bert" ? TinyModels.Bert : TinyModels.Llama, hasItemToken: hasItem, hasProjection: hasItem);
        int[]?[] tokens = TinyModels.Tokens(NumberOfItems, hasItemToken: hasItem);
        var settings = new TuningSettings { Tuning = tuning, NumberOfTopLayers = 1, LoraRank = 2, Numbers = new(torch.ScalarType.Float64, torch.ScalarType.Float64) };
        using var encoder = new TunableEncoder(weights, tokens, pooling, settings);
        encoder.Prepare(() => { });
        MoveFromZero(encoder);
        int[] all = [.. Enumerable.Range(1, NumberOfItems)];
        using var bank = new VectorBank(all, NumberOfItems, encoder.Encode(all, () => { }).DetachFromDisposeScope());
        var loss = new CatalogLoss(Links());
        int[] batch = [2, 9, 5, 7, 1];

        using (var texts = new PackedTexts(batch, tokens, multiple: 8))
        {
            torch.Tensor vectors = encoder.Forward(texts);
            (_, torch.Tensor gradient, _) = loss.Compute(vectors, texts.Items, bank, Temperature);
            vectors.backward([gradient]);
        }

        double LossNow()
        {
            using DisposeScope inner = torch.NewDisposeScope();
            using IDisposable noGradient = torch.no_grad();
            using var texts = new PackedTexts(batch, tokens);
            return loss.Compute(encoder.Forward(texts), texts.Items, bank, Temperature).Loss;
        }

        var random = new Random(3);
        int compared = 0;
        foreach ((string name, Parameter value) in encoder.Trained)
        {
            double[] gradient = value.grad is { } known ? known.data<double>().ToArray() : new double[value.numel()];
            for (int trial = 0; trial < 4; trial++)
            {
                long index = random.NextInt64(value.numel());
                double expected = Difference(value, index, LossNow);
                Assert.True(Math.Abs(expected - gradient[index]) <= 1e-8 + (1e-5 * Math.Abs(expected)), $"{name}[{index}]: {gradient[index]} and {expected}");
                compared += Math.Abs(expected) > 1e-9 ? 1 : 0;
            }
        }

        Assert.True(compared >= 3, $"only {compared} gradients were not 0");
    }

    [Fact]
    public void The_gradient_of_the_temperature_is_that_of_finite_differences()
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        int[] all = [.. Enumerable.Range(1, NumberOfItems)];
        torch.Tensor vectors = torch.nn.functional.normalize(torch.tensor([.. Enumerable.Range(0, NumberOfItems * 6).Select(i => Math.Sin(7.1 * i))], [NumberOfItems, 6L]), dim: 1);
        var loss = new CatalogLoss(Links());
        int[] batch = [4, 11, 6];
        torch.Tensor z = vectors.index_select(0, torch.tensor([3L, 10, 5]));
        using var bank = new VectorBank(all, NumberOfItems, vectors.clone().DetachFromDisposeScope());
        double At(double scale) => loss.Compute(z, batch, bank, Math.Exp(-scale)).Loss;
        double scale = Math.Log(5), step = 1e-5;

        Assert.Equal((At(scale + step) - At(scale - step)) / (2 * step), loss.Compute(z, batch, bank, Math.Exp(-scale)).ScaleGradient, 1e-7);
    }

    // The factors B of adapters start at 0, where those of A have no gradient.
    private static void MoveFromZero(TunableEncoder encoder)
    {
        using IDisposable noGradient = torch.no_grad();
        foreach ((string name, Parameter value) in encoder.Trained.Where(weight => weight.Name.EndsWith("_b", StringComparison.Ordinal)))
        {
            value.copy_(torch.tensor([.. Enumerable.Range(0, (int)value.numel()).Select(i => .3 * Math.Sin(i + name.Length))], value.shape));
        }
    }

    private static double Difference(Parameter value, long index, Func<double> loss)
    {
        const double Step = 1e-5;
        using IDisposable noGradient = torch.no_grad();
        using torch.Tensor flat = value.view(-1);
        double at = flat[index].item<double>();
        flat[index] = torch.tensor(at + Step);
        double above = loss();
        flat[index] = torch.tensor(at - Step);
        double below = loss();
        flat[index] = torch.tensor(at);
        return (above - below) / (2 * Step);
    }

    private static ItemLinks Links()
    {
        int[][] histories = [[1, 2, 3, 9, 5], [5, 7, 2, 8], [12, 11, 10, 9, 7, 1], [4, 6, 4, 2], [11, 6, 3]];
        return ItemLinks.Count(TinyData.Of(NumberOfItems, histories, SequenceValidation.None), 3, [-1, .. new int[NumberOfItems]]);
    }
}
