using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Features;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Numerics;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>Trainings that read words and numbers of items.</summary>
public sealed class FeatureTrainingTests
{
    [Theory]
    [InlineData(SequenceLoss.Softmax)]
    [InlineData(SequenceLoss.SampledSoftmax)]
    [InlineData(SequenceLoss.BinaryCrossEntropy)]
    public void The_loss_falls_and_the_map_learns(SequenceLoss loss)
    {
        Action<TrainerOptions> change = o => (o.Loss, o.NumberOfNegatives, o.WeightDecay) = (loss, 20, 0);
        TrainingResult still = Run(change + (o => (o.LearningRate, o.NumberOfEpochs) = (1e-30, 1))).Train(), result = Run(change + (o => o.NumberOfEpochs = 8)).Train();

        Assert.True(result.Epochs[^1].Loss < 0.9 * result.Epochs[0].Loss, $"{result.Epochs[0].Loss} to {result.Epochs[^1].Loss}");
        Assert.Equal(Map(still).Length, Map(result).Length);
        Assert.True(Map(result).Zip(Map(still), (trained, fresh) => Math.Abs(trained - fresh)).Max() > 0.01);
    }

    [Fact]
    public void The_seed_decides_every_bit_on_any_number_of_threads()
    {
        TrainingResult one = Run(o => o.NumberOfThreads = 1).Train(), same = Run(o => o.NumberOfThreads = 4).Train(), other = Run(o => (o.NumberOfThreads, o.Seed) = (1, 8)).Train();

        SmallRun.AssertSameWeights(one.Weights, same.Weights);
        Assert.True(SmallRun.Differ(one.Weights, other.Weights));
    }

    [Fact]
    public void Items_that_nothing_tells_apart_train_as_without_them_and_deserve_a_warning()
    {
        TrainingResult expected = new SmallRun(SmallRun.SmallOptions()).Train();

        // No word is in two texts, and all numbers are the same.
        SmallRun run = Run(content: ItemSamples.Of([.. Enumerable.Range(0, 12).Select(i => $"w{i}")], SparseSamples.Of(1, [[], .. Enumerable.Repeat<float[]>([2], 12)])));
        TrainingResult found = run.Train();

        Assert.Null(found.Items);
        Assert.Null(found.MappedFeatures());
        SmallRun.AssertSameWeights(expected.Weights, found.Weights);
        Assert.Equal(expected.Epochs.Select(e => (e.Loss, e.ValidationNdcgAt10)), found.Epochs.Select(e => (e.Loss, e.ValidationNdcgAt10)));
        Assert.Equal(
            "Items is not used: no word occurs in the texts of two items that have events, and no number differs between them; give words or numbers that items have in common.",
            run.Warnings[^1]);
    }

    [Fact]
    public void The_fitted_model_has_the_vectors_of_all_items_and_not_the_map()
    {
        TrainingResult result = Run().Train();
        float[] own = Values(result.Weights, FeatureVectors.Own), expected = FeatureTable.Compute(result.Items!.Inputs.Features, result.Items.Inputs.Gates, own, Map(result));

        FittedModel fitted = Fitted(result);

        Assert.Equal(expected, Values(fitted.Weights, EncoderWeights.ItemVectors));
        Assert.NotEqual(own, expected);
        Assert.DoesNotContain(fitted.Weights, weight => weight.Name == FeatureVectors.Map);
        Assert.Equal(new SmallRun(SmallRun.SmallOptions()).Train().Weights.Select(weight => weight.Name), fitted.Weights.Select(weight => weight.Name));
        float[] mapped = result.MappedFeatures()!;
        KernelCase.Close(
            [.. expected.Zip(mapped, (vector, part) => (double)vector - part)],
            [.. own.Select((value, i) => value * result.Items.Inputs.Gates[i / 8])], 1e-5, "own parts");
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 2)]
    public void A_resumed_run_is_the_uninterrupted_one(int epochs, int steps)
    {
        using var directory = new TemporaryDirectory();
        TrainingResult expected = Run().Train();
        Assert.Throws<OperationCanceledException>(new SmallRun(SmallRun.SmallOptions(o => o.CheckpointDirectory = directory.FullName))
        {
            Content = Content(),
            IsCancelled = r => r.Epochs.Count >= epochs && r.Steps.Count(s => s.epoch == epochs + 1) >= steps,
        }.Train);

        TrainingResult resumed = Run(Resume(directory)).Train();

        SmallRun.AssertSameWeights(expected.Weights, resumed.Weights);
        Assert.Equal(expected.Epochs.Select(e => (e.Loss, e.ValidationNdcgAt10)), resumed.Epochs.Select(e => (e.Loss, e.ValidationNdcgAt10)));
    }

    [Fact]
    public void A_checkpoint_of_other_words_or_numbers_is_refused()
    {
        using var directory = new TemporaryDirectory();
        TrainingResult expected = Run(o => o.CheckpointDirectory = directory.FullName).Train();
        ItemContent words = Content() with { Numbers = null }, numbers = Content(seed: 2);
        ItemContent other = ItemSamples.Of([.. Enumerable.Range(0, 12).Select(i => i % 3 == 0 ? "soap" : "tea")], Content().Numbers);

        foreach (ItemContent? content in new[] { null, words, numbers, other })
        {
            Assert.StartsWith(
                "CheckpointDirectory holds a checkpoint of a run with other data or other options;",
                Assert.Throws<InvalidOperationException>(new SmallRun(SmallRun.SmallOptions(Resume(directory))) { Content = content }.Train).Message,
                StringComparison.Ordinal);
        }

        SmallRun.AssertSameWeights(expected.Weights, Run(Resume(directory)).Train().Weights);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_warm_start_keeps_the_vectors_of_the_earlier_model(bool earlierReadsItems)
    {
        TrainingResult first = new SmallRun(SmallRun.SmallOptions()) { Content = earlierReadsItems ? Content() : null }.Train();
        IReadOnlyList<NamedTensor> earlier = Fitted(first).Weights;

        // Items 1 and 2 have no events now, 12 is gone, 13 and 14 are new; the others move down by one.
        int[] rows = [0, .. Enumerable.Range(2, 11), 0];
        SequenceDataset data = SampleSequences.Of(14, [4, 5, 6, 7, 13], [8, 9, 10, 13, 14], [11, 12, 1, 4], [5, 6, 14]);
        var run = new SmallRun(SmallRun.SmallOptions(o => (o.LearningRate, o.NumberOfEpochs, o.WeightDecay) = (1e-30, 1, 0)))
        {
            Data = data,
            WarmStart = new WarmStart(earlier, rows),
            Content = ItemSamples.Of([.. Enumerable.Range(0, 14).Select(i => i == 5 ? null : Text(i))], SparseSamples.Of(4, [[], .. ItemSamples.RandomNumbers(5, 14, 4)])),
        };

        TrainingResult second = run.Train();

        (float[] before, float[] after) = (Values(earlier, EncoderWeights.ItemVectors), Values(Fitted(second, 14).Weights, EncoderWeights.ItemVectors));
        Assert.All(Enumerable.Range(1, 11), row => KernelCase.Close(
            before[(row * 8)..((row + 1) * 8)].ToDouble(), after[(rows[row] * 8)..((rows[row] + 1) * 8)], 1e-5, $"item {row}"));
        foreach (NamedTensor weight in earlier.Where(weight => weight.Name != EncoderWeights.ItemVectors))
        {
            Assert.Equal(weight.Values<float>(), Values(second.Weights, weight.Name));
        }
    }

    [Fact]
    public void Words_that_tell_what_follows_find_rare_items()
    {
        // A shop of 24 aisles with 14 items each. Users go from aisle to aisle; which item of an aisle they take says nothing. An item has about four events.
        var random = new Random(2);
        const int Aisles = 24, Shelf = 14;
        SequenceDataset data = SampleSequences.Of(Aisles * Shelf, [.. Enumerable.Range(0, 170).Select(_ =>
        {
            int first = random.Next(Aisles);
            return Enumerable.Range(first, 8).Select(aisle => 1 + (aisle % Aisles * Shelf) + random.Next(Shelf)).ToArray();
        })]);
        ItemContent content = ItemSamples.Of([.. Enumerable.Range(0, Aisles * Shelf).Select(i => $"aisle{i / Shelf} item{i}")]);
        TrainerOptions options = SmallRun.SmallOptions(o =>
        {
            (o.EmbeddingDimension, o.NumberOfEpochs, o.LaterTargetRate, o.DropoutRate) = (16, 12, 0, 0.1);
            o.MaximumTokensPerBatch = 128;
        });

        double without = new SmallRun(options) { Data = data }.Train().Epochs.Max(e => e.ValidationNdcgAt10);
        double with = new SmallRun(options) { Data = data, Content = content }.Train().Epochs.Max(e => e.ValidationNdcgAt10);

        // The right aisle in any order: 10 of 14 items at ranks 1 to 10 have an NDCG@10 of 0.32 on average.
        Assert.True(with > 0.25 && with > 1.6 * without, $"{without} without, {with} with");
    }

    private static SmallRun Run(Action<TrainerOptions>? change = null, ItemContent? content = null) => new(SmallRun.SmallOptions(change)) { Content = content ?? Content() };

    private static ItemContent Content(int seed = 1) =>
        ItemSamples.Of([.. Enumerable.Range(0, 12).Select(i => i == 5 ? null : Text(i))], SparseSamples.Of(3, [[], .. ItemSamples.RandomNumbers(seed, 12, 3)]));

    private static string Text(int item) => (item % 4) switch { 0 => "red soap", 1 => "green tea", 2 => "green soap", _ => "" };

    private static Action<TrainerOptions> Resume(TemporaryDirectory directory) => o => (o.CheckpointDirectory, o.ResumeFromCheckpoint) = (directory.FullName, true);

    private static FittedModel Fitted(TrainingResult result, int items = 12) => result.Fitted(
        new(SmallRun.SmallOptions()), new SequenceData(result.Data.Sequences, ItemSamples.Of([.. new string[items]]).Vocabulary, null, 0, 0, 0));

    private static float[] Map(TrainingResult result) => Values(result.Weights, FeatureVectors.Map);

    private static float[] Values(IEnumerable<NamedTensor> weights, string name) => weights.Single(weight => weight.Name == name).Values<float>();
}
