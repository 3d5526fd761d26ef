using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Tests.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

/// <summary>The fused model in float32 against the modules in torch operations at float64: values and the gradients of all weights.</summary>
public sealed class EncoderOperationTests
{
    private static readonly int[] s_ragged = [5, 1, 130, 77, 2, 64, 300, 900, 1, 97];

    // More than one block of time
    private const int Long = 3000;

    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Equals_the_modules_with_any_vectors(string set) =>
        AssertSame(TinyModel.Sizes, s_ragged, dropoutRate: 0.3, Enum.Parse<InstructionSet>(set));

    [Theory]
    [InlineData(true, true, 0.4)]
    [InlineData(false, false, 0.0)]
    public void Equals_the_modules_with_and_without_gate_and_rotation(bool gate, bool rotary, double dropoutRate) =>
        AssertSame(TinyModel.Sizes with { ItemGate = gate, RotaryGate = rotary }, s_ragged, dropoutRate);

    [Theory]
    [MemberData(nameof(Sets))]
    public void Equals_the_modules_with_a_clock(string set) =>
        AssertSame(TinyModel.Timed, [.. s_ragged, Long], dropoutRate: 0.3, Enum.Parse<InstructionSet>(set));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void Equals_the_modules_with_any_number_of_taps(int taps) =>
        AssertSame(TinyModel.Sizes with { ConvolutionTaps = taps, Layers = 1 }, [1, 2, 3, 4, 9, Long], 0);

    [Fact]
    public void Equals_the_modules_in_the_sizes_of_the_defaults() => AssertSame(
        ResolvedOptions.SizesFor(new HydraSequenceRecommendationTrainer.Options { EmbeddingDimension = 64 }, numberOfItems: 60),
        [200, 31, 1, 96, 97, 1100],
        0.2);

    [Fact]
    public void Equals_the_modules_where_decays_are_stiff() =>
        AssertSame(TinyModel.Sizes with { Layers = 1 }, [70, 1, 129, Long], 0, change: model =>
        {
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters())
            {
                if (name.EndsWith("A_log", StringComparison.Ordinal))
                {
                    parameter.fill_(Math.Log(60));
                }
                else if (name.EndsWith("dt_bias", StringComparison.Ordinal))
                {
                    parameter.fill_(1);
                }
            }
        });

    [Fact]
    public void One_long_sequence_and_many_short_ones_equal_the_modules()
    {
        AssertSame(TinyModel.Sizes with { Layers = 2 }, [Long], 0);
        AssertSame(TinyModel.Sizes with { Layers = 1 }, [.. Enumerable.Repeat(1, 800), .. Enumerable.Repeat(3, 300)], 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_number_of_threads_changes_no_bit(int timeFeatures)
    {
        using DisposeScope scope = NewDisposeScope();
        float[][] Results(int threads)
        {
            using HydraModel model = Fused(TinyModel.Sizes with { TimeFeatures = timeFeatures }, 0.3, threads, InstructionSets.Best);
            (Tensor hidden, Dictionary<string, Tensor> gradients) = Run(model, Batch(s_ragged, timeFeatures));
            return [hidden.data<float>().ToArray(), .. gradients.Values.Select(g => g.data<float>().ToArray())];
        }

        float[][] one = Results(1);
        Assert.Equal(one, Results(2));
        Assert.Equal(one, Results(5));
    }

    [Fact]
    public void The_long_sequences_of_these_tests_are_cut_into_blocks() =>
        Assert.True(new TimeBlocks(TinyModel.Sizes).Count(Long) > 1 && new TimeBlocks(TinyModel.Sizes).Count(100) == 1);

    [Fact]
    public void Times_change_the_values_and_unknown_ones_are_zeros()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Fused(TinyModel.Timed, 0, 2, InstructionSets.Best);
        float[] Values(float[]? times)
        {
            TokenBatch batch = Batch([7, 3]);
            return model.Encode(new TokenBatch(batch.Items, batch.Positions, [7, 3], times)).data<float>().ToArray();
        }

        Assert.Equal(Values(null), Values(new float[20]));
        Assert.NotEqual(Values(null), Values(Batch([7, 3], 2).Times));
    }

    [Fact]
    public void A_second_batch_does_not_see_the_first()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Fused(TinyModel.Sizes, 0, 2, InstructionSets.Best);
        float[] fresh = Run(model, Batch([7, 3])).Hidden.data<float>().ToArray();
        Run(model, Batch(s_ragged));
        Assert.Equal(fresh, Run(model, Batch([7, 3])).Hidden.data<float>().ToArray());
    }

    [Fact]
    public void Without_gradients_the_values_are_the_same()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Fused(TinyModel.Sizes with { Layers = 3 }, 0, 2, InstructionSets.Best);
        float[] training = model.Encode(Batch(s_ragged)).data<float>().ToArray();
        using (no_grad())
        {
            Tensor scoring = model.Encode(Batch(s_ragged));
            Assert.False(scoring.requires_grad);
            Assert.Equal(training, scoring.data<float>().ToArray());
        }
    }

    [Fact]
    public void Memory_is_kept_between_batches_and_freed_with_the_model()
    {
        using DisposeScope scope = NewDisposeScope();
        EncoderOperation encoder = new(TinyModel.Sizes, degreeOfParallelism: 1);   // with more, which thread needs how much is chance
        HydraModel model = new(TinyModel.Sizes, new ModelKernels(ReferenceScan.Run, _ => encoder), 1, 0);
        Run(model, Batch(s_ragged));
        long kept = encoder.Capacity;
        Run(model, Batch(s_ragged));
        Run(model, Batch([7, 3]));
        Assert.True(kept > 0);
        Assert.Equal(kept, encoder.Capacity);

        model.Dispose();
        Assert.Equal(0, encoder.Capacity);
    }

    [Fact]
    public void A_weight_of_another_shape_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Fused(TinyModel.Sizes, 0, 1, InstructionSets.Best);
        var encoder = new EncoderOperation(TinyModel.Sizes with { FeedForwardWidth = 9 }, 1);
        using IDisposable inference = no_grad();
        var error = Assert.Throws<ArgumentException>(() => encoder.Run(zeros(3, TinyModel.Sizes.Width), [.. model.Weights], Batch([3]), default));
        Assert.Contains("feed_forward.gate_up", error.Message, StringComparison.Ordinal);
    }

    private static void AssertSame(
        ModelSizes sizes, int[] lengths, double dropoutRate, InstructionSet? set = null, Action<HydraModel>? change = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel fused = Fused(sizes, dropoutRate, 2, set ?? InstructionSets.Best);
        using HydraModel modules = new(sizes, ModelKernels.InTorch(ReferenceScan.Run), 1, dropoutRate, ScalarType.Float64);
        using (no_grad())
        {
            change?.Invoke(fused);
            foreach (((_, TorchSharp.Modules.Parameter from), (_, TorchSharp.Modules.Parameter to)) in fused.named_parameters().Zip(modules.named_parameters()))
            {
                to.copy_(from);
            }
        }

        (Tensor expected, Dictionary<string, Tensor> gradients) = Run(modules, Batch(lengths, sizes.TimeFeatures));
        (Tensor found, Dictionary<string, Tensor> foundGradients) = Run(fused, Batch(lengths, sizes.TimeFeatures));

        Assert.Equal(ScalarType.Float32, found.dtype);
        TensorAssert.Close(expected, found, 1e-5, "values");
        Assert.Equal(gradients.Keys, foundGradients.Keys);
        Assert.All(gradients, g => TensorAssert.Close(g.Value, foundGradients[g.Key], 5e-5, g.Key));
    }

    // Outputs, and the gradients of their product with fixed random numbers
    private static (Tensor Hidden, Dictionary<string, Tensor> Gradients) Run(HydraModel model, TokenBatch batch)
    {
        model.zero_grad();
        model.Dropout.Seed = 7;
        Tensor hidden = model.Encode(batch);
        model.Dropout.Seed = null;
        (hidden * SeededTensors.Normal(9, hidden.shape).to(hidden.dtype)).sum().backward();
        return (hidden.detach(), model.Weights.ToDictionary(p => p.name, p => p.parameter.grad!.clone()));
    }

    private static HydraModel Fused(ModelSizes sizes, double dropoutRate, int threads, InstructionSet set) => new HydraModel(
        sizes, new ModelKernels(ReferenceScan.Run, s => new EncoderOperation(s, threads, set)) { LookUp = new FusedLookUp(threads).Run }, 1, dropoutRate).Shaken(100, 0.1);

    private static TokenBatch Batch(int[] lengths, int timeFeatures = 0)
    {
        var random = new Random(3);
        return new TokenBatch(
            [.. Enumerable.Range(0, lengths.Sum()).Select(_ => random.Next(1, 12))],
            [.. lengths.SelectMany(l => Enumerable.Range(4, l))],
            lengths,
            timeFeatures == 0 ? null : [.. Enumerable.Range(0, lengths.Sum() * timeFeatures).Select(_ => (2 * random.NextSingle()) - 1)]);
    }
}
