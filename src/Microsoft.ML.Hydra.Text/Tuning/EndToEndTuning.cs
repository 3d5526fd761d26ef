using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Hydra.Training;
using Microsoft.ML.Runtime;
using TorchSharp;
using TrainerOptions = Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// Trains the language model with the sequence model, by the loss of the latter (arXiv 2504.07398): the gradients by the item vectors are added over k steps
/// of the sequence model, then all items that have one pass through the language model once, forwards and backwards. One pass for each step would take k times
/// as long.
/// </summary>
internal sealed class EndToEndTuning : LearnedNumbers, IProgress<EpochMetrics>, IDisposable
{
    private readonly TuningInputs _inputs;
    private readonly ItemVocabulary _vocabulary;
    private readonly TuningSettings _settings;
    private readonly IProgress<TextTuningPass>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly RandomStreams _random;
    private readonly TunableEncoder _encoder;
    private readonly AdamW _optimizer;
    private readonly List<TextTuningPass> _passes = [];
    private LanguageModelWeights _best;
    private int _updates;

    private EndToEndTuning(TuningInputs inputs, EndToEndRun run)
    {
        (_inputs, _vocabulary, _best) = (inputs, inputs.Vocabulary!, inputs.Weights);
        (_settings, _progress, _cancellation) = (run.Settings, run.Progress, run.Cancellation);
        _random = new RandomStreams(_settings.Seed);
        _encoder = new TunableEncoder(inputs.Weights, inputs.Tokens, inputs.Pooling, _settings);
        _optimizer = new AdamW(_encoder.Trained.Select(weight => (weight.Name, weight.Value)), .9, .999, 0, _settings.NumberOfThreads);
    }

    /// <inheritdoc/>
    public override int StepsPerUpdate => _settings.StepsPerPass;

    /// <summary>Trains both, and gives the language model of the epoch with the best recommendations.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="sequences">The training histories.</param>
    /// <param name="trainer">Options of the sequence model; its items have the vectors of the language model as it is given.</param>
    /// <param name="inputs">What the tuning reads.</param>
    /// <param name="run">The settings, and who receives what happens.</param>
    public static TuningResult Tune(
        IHostEnvironment environment, IDataView sequences, TrainerOptions trainer, TuningInputs inputs, EndToEndRun run)
    {
        NativeTorch.EnsureLoaded();
        int threads = get_num_threads();
        set_num_threads(run.Settings.NumberOfThreads);
        using DisposeScope scope = NewDisposeScope();
        try
        {
            using var tuning = new EndToEndTuning(inputs, run);
            tuning._encoder.Prepare(run.Cancellation.ThrowIfCancellationRequested);
            trainer.Progress = tuning;
            trainer.NumberOfThreads = run.Settings.NumberOfThreads;
            trainer.UseCooccurrencePrior = false;    // only the language model is kept
            try
            {
                new HydraSequenceRecommendationTrainer(environment, trainer) { LearnedNumbers = tuning }.Fit(sequences).Dispose();
            }
            catch (OperationCanceledException) when (run.Cancellation.IsCancellationRequested && tuning._passes.Count > 0)
            {
            }

            return new TuningResult(tuning._best, tuning._passes);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    /// <inheritdoc/>
    public override void Update(ItemVocabulary items, float[] gradient, float[] numbers)
    {
        int rows = _vocabulary.Count + 1, width = 0;
        var rowOf = new Dictionary<int, int>(rows);    // of an item row here → in the arrays
        for (int row = 1; row <= items.Count; row++)
        {
            int own = _vocabulary.Find(items.IdOf(row));
            if (own > 0 && _inputs.Tokens[own] is not null)
            {
                rowOf.Add(own, row);
            }
        }

        int[] all = [.. rowOf.Keys.Order()];
        width = OutputWidth(all[0]);
        int[] touched = [.. all.Where(own => Row(gradient, rowOf[own], width).ContainsAnyExcept(0f))];
        _random.Epoch(++_updates).Shuffle(touched);
        foreach (int[] batch in touched.Chunk(_settings.BatchSize))
        {
            _cancellation.ThrowIfCancellationRequested();
            Step(batch, rowOf, gradient, width);
        }

        using DisposeScope scope = NewDisposeScope();
        int[] known = [.. all.Where(own => (rowOf[own] + 1) * width <= numbers.Length)];
        float[] vectors = _encoder.Encode(known, _cancellation.ThrowIfCancellationRequested).to(ScalarType.Float32).data<float>().ToArray();
        for (int i = 0; i < known.Length; i++)
        {
            vectors.AsSpan(i * width, width).CopyTo(Row(numbers, rowOf[known[i]], width));
        }
    }

    /// <summary>Keeps the language model of an epoch that is the best so far.</summary>
    public void Report(EpochMetrics value)
    {
        var pass = new TextTuningPass(value.Epoch, value.Loss, double.NaN, value.ValidationNdcgAt10, value.Elapsed, value.IsBest);
        _best = value.IsBest ? _encoder.Export() : _best;
        _passes.Add(pass);
        _progress?.Report(pass);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _encoder.Dispose();
    }

    private void Step(int[] batch, Dictionary<int, int> rowOf, float[] gradient, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        using var texts = new PackedTexts(batch, _inputs.Tokens);
        _encoder.SetDropout(new DropoutMask(_random.Dropout(_optimizer.Steps), _settings.DropoutRate));
        Tensor vectors = _encoder.Forward(texts);
        var ofBatch = new float[texts.Items.Length * width];
        for (int i = 0; i < texts.Items.Length; i++)
        {
            Row(gradient, rowOf[texts.Items[i]], width).CopyTo(ofBatch.AsSpan(i * width, width));
        }

        _optimizer.ClearGradients();
        vectors.backward([tensor(ofBatch).view(-1, width).to(vectors.dtype)]);
        _optimizer.ClipGradients(1);
        _optimizer.Step(_settings.LearningRate);
    }

    private int OutputWidth(int item)
    {
        using DisposeScope scope = NewDisposeScope();
        return (int)_encoder.Encode([item], _cancellation.ThrowIfCancellationRequested).shape[1];
    }

    // Empty where the arrays do not have the row: an item that the sequences do not have.
    private static Span<float> Row(float[] values, int row, int width) => (row + 1) * width <= values.Length ? values.AsSpan(row * width, width) : [];
}

/// <summary>The settings of a tuning, and who receives what happens.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Progress">Receives each epoch of the sequence model as a pass; null for nobody.</param>
/// <param name="Cancellation">Ends the tuning; the best so far is kept.</param>
internal sealed record EndToEndRun(TuningSettings Settings, IProgress<TextTuningPass>? Progress, CancellationToken Cancellation);
