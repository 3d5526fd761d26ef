using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.LanguageModels;
using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tuning;

public sealed class TuningRunTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hydra-tuning-").FullName;

    public static TheoryData<TextTuning> Kinds => [.. Enum.GetValues<TextTuning>()];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_tuning_that_was_interrupted_and_resumed_gives_the_same_bits(TextTuning tuning)
    {
        TuningInputs inputs = Inputs();
        TuningSettings settings = Settings(tuning);
        TuningResult whole = TuningRun.Tune(inputs, settings);

        TuningSettings kept = settings with { CheckpointPath = Path.Combine(_directory, "checkpoints") };
        using var stop = new CancellationTokenSource();
        TuningResult half = TuningRun.Tune(inputs, kept, new Watch(pass => { if (pass.Pass == 2) { stop.Cancel(); } }), stop.Token);
        var seen = new List<int>();
        TuningResult resumed = TuningRun.Tune(inputs, kept, new Watch(pass => seen.Add(pass.Pass)));

        Assert.Equal([0, 1, 2], half.Passes.Select(pass => pass.Pass));
        Assert.Equal([3, 4], seen);
        Assert.Equal(whole.Passes.Select(Figures), resumed.Passes.Select(Figures));
        AssertSame(whole.Weights, resumed.Weights);
    }

    [Fact]
    public void A_finished_tuning_is_read_from_its_checkpoints()
    {
        TuningSettings settings = Settings(TextTuning.Full) with { CheckpointPath = Path.Combine(_directory, "checkpoints") };
        TuningResult first = TuningRun.Tune(Inputs(), settings);
        TuningResult again = TuningRun.Tune(Inputs(), settings, new Watch(_ => Assert.Fail("a pass ran")));

        Assert.Equal(first.Passes, again.Passes);
        AssertSame(first.Weights, again.Weights);
    }

    [Fact]
    public void Checkpoints_of_another_tuning_are_refused()
    {
        string path = Path.Combine(_directory, "checkpoints");
        TuningRun.Tune(Inputs(), Settings(TextTuning.Projection) with { CheckpointPath = path });

        Assert.Contains(path, Assert.Throws<InvalidOperationException>(
            () => TuningRun.Tune(Inputs(), Settings(TextTuning.Projection) with { CheckpointPath = path, Seed = 9 })).Message, StringComparison.Ordinal);
        Assert.Contains("other data", Assert.Throws<InvalidOperationException>(
            () => TuningRun.Tune(Inputs(seed: 8), Settings(TextTuning.Projection) with { CheckpointPath = path })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("passes", "null", "it does not describe passes 0 to 4")]
    [InlineData("passes", "[{}]", "it does not describe passes 0 to 4")]
    [InlineData("passes", "{", "it does not describe passes 0 to 4")]
    [InlineData("steps", "many", "it has no number of steps")]
    [InlineData("tensor", "best.hydra.projection", "it has no float32 tensor 'best.hydra.projection' of the shape [16, 16]")]
    [InlineData("tensor", "temperature", "it has no temperature")]
    public void A_checkpoint_that_no_tuning_left_is_one_sentence(string what, string value, string finding)
    {
        string path = Path.Combine(_directory, "checkpoints");
        TuningSettings settings = Settings(TextTuning.Projection) with { CheckpointPath = path };
        TuningRun.Tune(Inputs(), settings);
        var store = new CheckpointStore(path, 1);
        Assert.True(store.TryLoadLatest(out Checkpoint? checkpoint, out _));
        Dictionary<string, string> metadata = checkpoint.Metadata.ToDictionary();
        if (what != "tensor")
        {
            metadata[what] = value;
        }

        store.Save(new Checkpoint(checkpoint.Epoch, metadata, [.. checkpoint.Tensors.Where(tensor => tensor.Name != value)]));

        string message = Assert.Throws<InvalidDataException>(() => TuningRun.Tune(Inputs(), settings)).Message;
        Assert.Contains($"is not one that a tuning left: {finding}; delete its file", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_does_not()
    {
        TuningResult first = TuningRun.Tune(Inputs(), Settings(TextTuning.Full) with { NumberOfPasses = 1 });

        AssertSame(first.Weights, TuningRun.Tune(Inputs(), Settings(TextTuning.Full) with { NumberOfPasses = 1 }).Weights);
        Assert.NotEqual(first.Passes[1].Loss, TuningRun.Tune(Inputs(), Settings(TextTuning.Full) with { NumberOfPasses = 1, Seed = 2 }).Passes[1].Loss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(.2)]
    public void A_step_in_pieces_is_the_same_step(double dropout)
    {
        TuningSettings settings = Settings(TextTuning.Full) with { NumberOfPasses = 2, DropoutRate = dropout, Numbers = new(torch.ScalarType.Float32, torch.ScalarType.Float32) };
        TuningResult whole = TuningRun.Tune(Inputs(), settings), pieces = TuningRun.Tune(Inputs(), settings with { TokensAtOnce = 21 });

        if (dropout == 0)
        {
            Assert.Equal(whole.Passes[2].Loss, pieces.Passes[2].Loss, 1e-3);
            Assert.All(whole.Weights.Tensors.Keys, name => Assert.All(whole.Weights[name].Zip(pieces.Weights[name]), pair => Assert.Equal(pair.First, pair.Second, 2e-2f)));
        }

        Assert.NotEqual(whole.Passes[0].ValidationNdcgAt10, pieces.Passes[2].ValidationNdcgAt10);
        AssertSame(pieces.Weights, TuningRun.Tune(Inputs(), settings with { TokensAtOnce = 21 }).Weights);
    }

    [Fact]
    public void Nothing_of_the_process_changes()
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        int threads = torch.get_num_threads();
        byte[] random = torch.get_rng_state().bytes.ToArray();
        TuningRun.Tune(Inputs(), Settings(TextTuning.Lora) with { NumberOfThreads = threads + 1, NumberOfPasses = 1 });

        Assert.Equal(threads, torch.get_num_threads());
        Assert.Equal(random, torch.get_rng_state().bytes.ToArray());
    }

    [Fact]
    public void The_learning_rate_rises_over_a_twentieth_of_the_steps_and_falls_to_a_twentieth()
    {
        double[] rates = [.. Enumerable.Range(0, 400).Select(step => new TuningSettings().RateOf(step, 400))];

        Assert.Equal(1.0 / 20, rates[0], 1e-12);
        Assert.Equal(1, rates[19], 1e-12);
        Assert.Equal(1, rates[20], 1e-12);
        Assert.Equal(.05 + (.95 / 2), rates[210], 1e-12);
        Assert.Equal(.05, rates[399], 1e-4);
        Assert.True(rates.Skip(20).Zip(rates.Skip(21)).All(pair => pair.First > pair.Second));
    }

    [Fact]
    public void What_is_not_trained_stays_as_it_is()
    {
        TuningInputs inputs = Inputs();
        string[] Changed(TextTuning tuning)
        {
            LanguageModelWeights tuned = TuningRun.Tune(inputs, Settings(tuning)).Weights;
            return [.. tuned.Tensors.Keys.Where(name => !inputs.Weights.Tensors.TryGetValue(name, out NamedTensor? before) || !before.Values<float>().SequenceEqual(tuned[name]))];
        }

        Assert.Equal([LanguageModelWeights.Projection], Changed(TextTuning.Projection));
        Assert.All(Changed(TextTuning.TopLayers), name => Assert.StartsWith("encoder.layer.1.", name, StringComparison.Ordinal));
        Assert.Equal(
            [.. inputs.Weights.Tensors.Keys.Where(name => name.EndsWith("self.query.weight", StringComparison.Ordinal) || name.EndsWith("self.value.weight", StringComparison.Ordinal)).Order()],
            Changed(TextTuning.Lora).Order());
        string[] full = Changed(TextTuning.Full);
        Assert.DoesNotContain("embeddings.word_embeddings.weight", full);
        Assert.Contains("embeddings.position_embeddings.weight", full);
        Assert.Contains("encoder.layer.0.intermediate.dense.bias", full);
    }

    [Fact]
    public void A_tuning_that_only_harms_leaves_the_encoder_as_it_was()
    {
        TuningInputs inputs = Inputs();
        // Validation on histories with nothing in common with those of the training.
        int[][] shuffled = [.. Enumerable.Range(0, 40).Select(user => Enumerable.Range(0, 5).Select(i => 1 + (((user * 7) + (i * 13)) % PlantedItems)).ToArray())];
        TuningResult result = TuningRun.Tune(inputs with { Data = TinyData.Of(PlantedItems, shuffled) }, Settings(TextTuning.Full) with { LearningRate = 10 });

        double best = result.Passes.Max(pass => pass.ValidationNdcgAt10);
        Assert.Equal(best, result.Passes.Last(pass => pass.IsBest).ValidationNdcgAt10);
        Assert.Equal(best, NdcgOf(inputs with { Data = TinyData.Of(PlantedItems, shuffled) }, result.Weights), 1e-6);
    }

    [Theory]
    [InlineData("bert", TextPooling.Mean)]
    [InlineData("bert", TextPooling.FirstToken)]
    [InlineData("bert", TextPooling.ItemToken)]
    [InlineData("llama", TextPooling.LastToken)]
    [InlineData("llama", TextPooling.ItemToken)]
    public void The_model_that_is_trained_gives_the_vectors_of_the_encoder_that_is_used(string kind, TextPooling pooling)
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        bool hasItem = pooling == TextPooling.ItemToken;
        LanguageModelWeights weights = TinyModels.Weights(kind == "bert" ? TinyModels.Bert : TinyModels.Llama, hasItemToken: hasItem, hasProjection: hasItem);
        int[]?[] tokens = TinyModels.Tokens(40, hasItemToken: hasItem);
        using var trained = new TunableEncoder(weights, tokens, pooling, new TuningSettings { Numbers = new(torch.ScalarType.Float32, torch.ScalarType.Float32) });
        torch.Tensor vectors = trained.Encode([.. Enumerable.Range(1, 40)], () => { });

        float[][] used = ManagedVectors.Of(weights, pooling, [.. tokens.Skip(1).Select(text => text!)]);

        float[] all = vectors.data<float>().ToArray();
        Assert.All(used.SelectMany(vector => vector).Zip(all), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
    }

    private const int PlantedItems = 54;

    private static TuningInputs Inputs(int seed = 5)
    {
        var shop = new PlantedShop(seed: seed);
        int[][] histories = [.. shop.Sequences.Select(sequence => sequence.Items.Select(item => int.Parse(item.AsSpan(1), null) + 1).ToArray())];
        int[]?[] tokens = [null, .. shop.Items.Select(item => (int[]?)[2, .. item.Text.Split(' ').Select(word => 5 + int.Parse(word.AsSpan(1), null)), 3])];
        return new TuningInputs(TinyModels.Weights(TinyModels.Bert), TextPooling.Mean, tokens, TinyData.Of(PlantedItems, histories), [-1, .. new int[PlantedItems]]);
    }

    private static TuningSettings Settings(TextTuning tuning) => new()
    {
        Tuning = tuning, NumberOfTopLayers = 1, LoraRank = 2, NumberOfPasses = 4, LearningRate = 5e-3, BatchSize = 16,
    };

    private static double NdcgOf(TuningInputs inputs, LanguageModelWeights weights)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var encoder = new TunableEncoder(weights, inputs.Tokens, inputs.Pooling, Settings(TextTuning.Full));
        int[] items = [.. Enumerable.Range(1, PlantedItems)];
        torch.Tensor vectors = encoder.Encode(items, () => { });
        return new NeighborValidation(NeighborValidation.EventsOf(inputs.Data), [items], inputs.Domains).Measure(_ => vectors).Ndcg;
    }

    private static (int, double, double, double, bool) Figures(TextTuningPass pass) => (pass.Pass, pass.Loss, pass.Temperature, pass.ValidationNdcgAt10, pass.IsBest);

    private static void AssertSame(LanguageModelWeights expected, LanguageModelWeights actual)
    {
        Assert.Equal(expected.Tensors.Keys.Order(), actual.Tensors.Keys.Order());
        Assert.All(expected.Tensors.Keys, name => Assert.Equal(expected[name], actual[name]));
    }

    private sealed class Watch(Action<TextTuningPass> seen) : IProgress<TextTuningPass>
    {
        public void Report(TextTuningPass value) => seen(value);
    }
}
