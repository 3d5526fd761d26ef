using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tuning;

public sealed class EndToEndTuningTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hydra-tune-").FullName;
    private readonly MLContext _context = new(seed: 1);
    private readonly PlantedShop _shop = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // The loss of the sequence model alone, through its item vectors, teaches the language model which words belong together.
    [Fact]
    public void The_language_model_learns_from_the_loss_of_the_sequence_model()
    {
        using TextEncoder frozen = Frozen();
        TextVectorTransformer tuned = Tune(frozen, Options());

        Assert.Equal(Enumerable.Range(1, 12), tuned.Passes.Select(pass => pass.Pass));
        Assert.True(tuned.Passes[^1].Loss < tuned.Passes[0].Loss);
        double before = Agreement(frozen), after = Agreement(tuned.Encoder);
        Assert.True(after > before + .1, $"{before} -> {after}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        using TextEncoder frozen = Frozen();
        Assert.Equal(Tune(frozen, Options()).Encoder.Identity, Tune(frozen, Options()).Encoder.Identity);
    }

    [Fact]
    public void The_options_of_the_sequence_model_are_not_changed()
    {
        using TextEncoder frozen = Frozen();
        TextTuningOptions options = Options();
        Tune(frozen, options);
        Assert.Null(options.SequenceModel!.Items);
        Assert.True(options.SequenceModel.UseCooccurrencePrior);
    }

    [Fact]
    public void A_cancelled_training_gives_the_best_encoder_so_far()
    {
        using TextEncoder frozen = Frozen();
        using var stop = new CancellationTokenSource();
        TextTuningOptions options = Options();
        options.CancellationToken = stop.Token;
        options.Progress = new Watch(pass => { if (pass.Pass == 3) { stop.Cancel(); } });
        TextVectorTransformer tuned = Tune(frozen, options);

        Assert.InRange(tuned.Passes.Count, 3, 4);
        Assert.NotEqual(frozen.Identity, tuned.Encoder.Identity);
    }

    [Fact]
    public void Checkpoints_are_refused()
    {
        using TextEncoder frozen = Frozen();
        TextTuningOptions options = Options();
        options.CheckpointPath = _directory;
        Assert.StartsWith("CheckpointPath is set, but an end-to-end training writes no checkpoints", Assert.Throws<ArgumentException>(() => Tune(frozen, options)).Message, StringComparison.Ordinal);
    }

    private static TextTuningOptions Options() => new()
    {
        Tuning = TextTuning.EndToEnd,
        BatchSize = 18,
        NumberOfThreads = 1,
        LearningRate = 5e-3,
        StepsPerPass = 2,
        SequenceModel = new()
        {
            EmbeddingDimension = 16, NumberOfLayers = 1, NumberOfLatentHeads = 1, NumberOfEpochs = 12, LearningRate = 0.02, MaximumTokensPerBatch = 200,
        },
    };

    private TextEncoder Frozen() => TextEncoder.FromFolder(TinyModels.WriteBertFolder(Path.Combine(_directory, Path.GetRandomFileName())));

    private TextVectorTransformer Tune(TextEncoder frozen, TextTuningOptions options)
    {
        IDataView items = _context.Data.LoadFromEnumerable(_shop.Items);
        return _context.SequenceRecommendation().Text.Tune(_context.Data.LoadFromEnumerable(_shop.Sequences), items, frozen, options).Fit(items);
    }

    // The share of the nine most alike items of an item, itself among them, that are of its group
    private double Agreement(TextEncoder encoder)
    {
        float[][] vectors = encoder.Encode([.. _shop.Items.Select(item => item.Text)]);
        return Enumerable.Range(0, vectors.Length).Average(item => Enumerable.Range(0, vectors.Length)
            .OrderByDescending(other => vectors[item].Zip(vectors[other], (a, b) => a * b).Sum()).Take(9).Average(other => other / 9 == item / 9 ? 1.0 : 0));
    }

    private sealed class Watch(Action<TextTuningPass> seen) : IProgress<TextTuningPass>
    {
        public void Report(TextTuningPass value) => seen(value);
    }
}
