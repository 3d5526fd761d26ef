using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using AdamW = Microsoft.ML.Hydra.Training.AdamW;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class TrainingStepTests
{
    private const int Items = 6;

    [Theory]
    [InlineData(SequenceLoss.Softmax, 0.05)]
    [InlineData(SequenceLoss.SampledSoftmax, 0.05)]
    [InlineData(SequenceLoss.BinaryCrossEntropy, 0.1)]
    public void A_fixed_pattern_is_learned(SequenceLoss loss, double bound)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Model();
        using AdamW optimizer = Optimizer(model);
        TrainingStep step = Step(model, optimizer, loss);
        SequenceBatch batch = Batch();
        double first = step.Run(batch, 0.02);
        for (int i = 0; i < 120; i++)
        {
            step.Run(batch, 0.02);
        }

        Assert.InRange(first, 0.5, 5);
        Assert.InRange(step.Run(batch, 0.02), 0, bound);

        // 1 2 3 is followed by 4.
        var scores = new float[Items + 1];
        new SequenceModelScorer(model, CPU).Score([1, 2, 3], default, [0, 3], scores);
        Assert.Equal(4, Array.IndexOf(scores, scores[1..].Max()));
    }

    [Fact]
    public void A_step_gives_the_loss_before_it_and_counts_itself()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Model();
        using AdamW optimizer = Optimizer(model);
        SequenceBatch batch = Batch();
        Tensor logits = model.Encode(new TokenBatch(batch.Items, batch.Positions, batch.Lengths)).mm(model.ItemEmbedding[1..].t());
        double expected = nn.functional.cross_entropy(logits, tensor(batch.Targets) - 1).item<float>();

        Assert.Equal(expected, Step(model, optimizer).Run(batch, 0.01), 1e-5);

        Assert.Equal(1, optimizer.Steps);
        Assert.Null(model.Dropout.Seed);
    }

    [Fact]
    public void Fifty_steps_have_the_losses_of_the_model_in_torch_operations()
    {
        double[] fused = Losses(ModelKernels.For(CPU, 2), SoftmaxKernel.For(CPU, 2));
        double[] torch = Losses(ModelKernels.InTorch(ScanKernel.For(CPU)), BlockwiseSoftmax.Run);

        Assert.All(fused.Zip(torch), pair => Assert.InRange(pair.First / pair.Second, 1 - 1e-4, 1 + 1e-4));
        Assert.True(fused[^1] < 0.8 * fused[0]);

        static double[] Losses(ModelKernels kernels, CatalogSoftmax softmax)
        {
            using DisposeScope scope = NewDisposeScope();
            SequenceDataset data = SampleSequences.Walks();
            ModelSizes sizes = new()
            {
                NumberOfItems = data.NumberOfItems,
                Width = 32,
                Layers = 2,
                LatentHeads = 4,
                LatentWidth = 8,
                Expand = 2,
                StateSize = 16,
                InnerHeadWidth = 8,
                ConvolutionTaps = 4,
                FeedForwardWidth = 88,
            };
            using HydraModel model = new(sizes, kernels, seed: 3, dropoutRate: 0.2);
            using AdamW optimizer = Optimizer(model);
            var step = new TrainingStep(model, DomainLoss.Of(new SoftmaxLoss(softmax)), optimizer, new RandomStreams(1), 1, CPU);
            var batcher = new SequenceBatcher(data, [.. Enumerable.Range(0, data.Count).Select(i => data[i].Length)], 50, 100);
            SequenceWindow[][] batches = [.. Enumerable.Range(1, 50).SelectMany(epoch => batcher.Epoch(new Random(epoch))).Take(50)];
            return [.. batches.Select(windows => step.Run(batcher.Build(windows), 0.006))];
        }
    }

    [Fact]
    public void The_padding_row_never_moves()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Model(dropout: 0.3);
        using AdamW optimizer = Optimizer(model);
        TrainingStep step = Step(model, optimizer, SequenceLoss.SampledSoftmax);
        float[] before = ModelWeights.Export(model)[0].Values<float>();
        step.Run(Batch(), 0.01);
        float[] after = ModelWeights.Export(model)[0].Values<float>();
        int width = model.Sizes.Width;
        Assert.Equal(before[..width], after[..width]);
        Assert.NotEqual(before[width..], after[width..]);
    }

    [Fact]
    public void Dropout_follows_seed_and_step()
    {
        Assert.Equal(Losses(1), Losses(1));
        Assert.NotEqual(Losses(1), Losses(2));
        Assert.NotEqual(Losses(1)[0], Losses(1)[1]);   // the weights do not move: only the step's dropout differs

        static double[] Losses(int seed)
        {
            using DisposeScope scope = NewDisposeScope();
            using HydraModel model = Model(dropout: 0.5);
            using AdamW optimizer = Optimizer(model);
            TrainingStep step = Step(model, optimizer, seed: seed);
            return [step.Run(Batch(), 0), step.Run(Batch(), 0)];
        }
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void A_loss_that_is_no_number_moves_nothing(float poison)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Model();
        using AdamW optimizer = Optimizer(model);
        TrainingStep step = Step(model, optimizer);
        step.Run(Batch(), 0.01);
        using (no_grad())
        {
            model.ItemEmbedding[3, 0] = poison;
        }

        NamedTensor[] before = ModelWeights.Export(model);
        Tensor[] state = [.. optimizer.State.Select(s => s.value.clone())];

        Assert.Throws<NotFiniteNumberException>(() => step.Run(Batch(), 0.01));

        Assert.Equal(before.SelectMany(w => w.Values<float>()), ModelWeights.Export(model).SelectMany(w => w.Values<float>()));
        Assert.Equal(1, optimizer.Steps);
        Assert.All(optimizer.State.Zip(state), pair => Assert.True(pair.First.value.equal(pair.Second).all().item<bool>()));
    }

    internal static HydraModel Model(double dropout = 0) => new(
        new ModelSizes
        {
            NumberOfItems = Items,
            Width = 12,
            Layers = 1,
            LatentHeads = 2,
            LatentWidth = 6,
            Expand = 2,
            StateSize = 4,
            InnerHeadWidth = 4,
            ConvolutionTaps = 3,
            FeedForwardWidth = 16,
        },
        ModelKernels.For(CPU, 2), seed: 3, dropout);

    internal static AdamW Optimizer(HydraModel model) => new(model.named_parameters(), 0.9, 0.98, 0, 2);

    internal static TrainingStep Step(HydraModel model, AdamW optimizer, SequenceLoss loss = SequenceLoss.Softmax, int seed = 1) => new(
        model, DomainLoss.Of(NextItemLoss.Create(loss, 50, [0, 3, 3, 3, 3, 3, 3], CPU, 2)), optimizer, new RandomStreams(seed), 1, CPU);

    // 1 2 3 4 5 6 1 2 … from several starts, of different lengths
    internal static SequenceBatch Batch()
    {
        SequenceDataset data = SampleSequences.Of(
            Items, [.. Enumerable.Range(0, 6).Select(start => Enumerable.Range(0, 4 + start).Select(t => (start + t) % Items + 1).ToArray())]);
        int[] lengths = [4, 5, 6, 7, 8, 9];
        var batcher = new SequenceBatcher(data, lengths, 100, 10_000);
        return batcher.Build(batcher.Epoch(new Random(1)).Single());
    }
}
