using System.Diagnostics;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>What a tuning reads.</summary>
/// <param name="Weights">The language model.</param>
/// <param name="Pooling">How the vectors of tokens become one; not <see cref="TextPooling.Automatic"/>.</param>
/// <param name="Tokens">The tokens of each item row, [I + 1]; null of an item without a text.</param>
/// <param name="Data">The training histories, and the events that are held out.</param>
/// <param name="Domains">The domain of each item row, [I + 1], from 0; −1 of an item without one.</param>
internal sealed record TuningInputs(LanguageModelWeights Weights, TextPooling Pooling, IReadOnlyList<int[]?> Tokens, TrainingData Data, int[] Domains)
{
    /// <summary>The item of each row; only an end-to-end training asks.</summary>
    public ItemVocabulary? Vocabulary { get; init; }
}

/// <summary>What a tuning gave.</summary>
/// <param name="Weights">The language model of the best pass.</param>
/// <param name="Passes">All passes, pass 0 first.</param>
internal sealed record TuningResult(LanguageModelWeights Weights, IReadOnlyList<TextTuningPass> Passes);

/// <summary>One tuning from items and histories to weights (the language model alone; no recommender takes part).</summary>
internal sealed class TuningRun : IDisposable
{
    private const int TokensAreMultipleOf = 64;

    private readonly TuningInputs _inputs;
    private readonly TuningSettings _settings;
    private readonly IProgress<TextTuningPass>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly RandomStreams _random;
    private readonly int[] _domains;
    private readonly int[][] _textItems;      // of each domain: items with a text, ascending
    private readonly int[][] _linkedItems;    // … and with links
    private readonly ItemLinks _links;
    private readonly ItemBatches _batches;
    private readonly NeighborValidation _validation;
    private readonly TunableEncoder _encoder;
    private readonly AdamW _optimizer;
    private readonly TemperatureStep _temperature;
    private readonly CatalogLoss _loss;

    private TuningRun(TuningInputs inputs, TuningSettings settings, IProgress<TextTuningPass>? progress, CancellationToken cancellation)
    {
        (_inputs, _settings, _progress, _cancellation) = (inputs, settings, progress, cancellation);
        _random = new RandomStreams(settings.Seed);
        _domains = [.. inputs.Domains.Select((domain, item) => inputs.Tokens[item] is null ? -1 : domain)];
        _links = ItemLinks.Count(inputs.Data, settings.Window, _domains);
        if (!_links.Sums.Any(sum => sum > 0))
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"No two items with texts stand within {settings.Window} events of each other in the training histories ({inputs.Data.Sequences.Count} sequences; {_domains.Count(domain => domain >= 0)} of {_domains.Length - 1} items have a text); compare the ids of the sequences with those of the items."));
        }

        int count = _domains.Max() + 1;
        _textItems = [.. Enumerable.Range(0, count).Select(domain => ItemsWhere(item => _domains[item] == domain))];
        _linkedItems = [.. Enumerable.Range(0, count).Select(domain => ItemsWhere(item => _domains[item] == domain && _links.Sums[item] > 0))];
        _batches = new ItemBatches(_linkedItems, settings.BatchSize);
        _validation = new NeighborValidation(NeighborValidation.EventsOf(inputs.Data), _textItems, inputs.Domains);
        _loss = new CatalogLoss(_links);
        _encoder = new TunableEncoder(inputs.Weights, inputs.Tokens, inputs.Pooling, settings);
        _optimizer = new AdamW(_encoder.Trained.Select(weight => (weight.Name, weight.Value)), .9, .999, 0, settings.NumberOfThreads);
        _temperature = new TemperatureStep(settings.Temperature);
    }

    /// <summary>Tunes. A cancelled tuning gives the best weights so far.</summary>
    public static TuningResult Tune(
        TuningInputs inputs, TuningSettings settings, IProgress<TextTuningPass>? progress = null, CancellationToken cancellation = default)
    {
        NativeTorch.EnsureLoaded();
        int threads = get_num_threads();
        set_num_threads(settings.NumberOfThreads);
        try
        {
            using var run = new TuningRun(inputs, settings, progress, cancellation);
            return run.Run();
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _encoder.Dispose();
    }

    private TuningResult Run()
    {
        using DisposeScope scope = NewDisposeScope();
        using var state = new TuningState(_inputs, _settings, _encoder, _optimizer, _temperature);
        try
        {
            _encoder.Prepare(_cancellation.ThrowIfCancellationRequested);
            using IDisposable? entered = state.TryResume();
            VectorBank[] banks = state.Passes.Count == 0 ? Measure(state, double.NaN, TimeSpan.Zero) : MakeBanks();
            for (int pass = state.Passes.Count; pass <= _settings.NumberOfPasses; pass++)
            {
                long started = Stopwatch.GetTimestamp();
                double loss = RunPass(pass, banks);
                Free(banks);
                banks = Measure(state, loss, Stopwatch.GetElapsedTime(started));
            }

            Free(banks);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested && state.Passes.Count > 0)
        {
        }

        state.UseBest();
        return new TuningResult(_encoder.Export(), state.Passes);
    }

    private double RunPass(int pass, VectorBank[] banks)
    {
        double sum = 0;
        List<(int Domain, int[] Items)> steps = _batches.Next(_random.Epoch(pass));
        long all = (long)steps.Count * _settings.NumberOfPasses;
        foreach ((int domain, int[] items) in steps)
        {
            _cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            _optimizer.ClearGradients();
            (double loss, double scaleGradient) = Differentiate(items, banks[domain]);
            if (!double.IsFinite(loss))
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"The tuning diverged in pass {pass} (the loss is {loss}); lower LearningRate, now {_settings.LearningRate:g3}."));
            }

            _optimizer.ClipGradients(1);
            double rate = _settings.RateOf(_optimizer.Steps, all);
            _temperature.Step(scaleGradient, rate * _settings.TemperatureLearningRate);
            _optimizer.Step(rate * _settings.LearningRate);
            sum += loss;
        }

        return sum / steps.Count;
    }

    // The loss, with its gradient by the weights added to theirs, and its gradient by log(1 / τ)
    private (double Loss, double ScaleGradient) Differentiate(int[] items, VectorBank bank)
    {
        PackedTexts[] pieces = Cut(items);
        try
        {
            if (pieces is [PackedTexts all])
            {
                Tensor live = Forward(all, 0);
                (double loss, Tensor gradient, double scaleGradient) = _loss.Compute(live, all.Items, bank, _temperature.Value);
                live.backward([gradient]);
                return (loss, scaleGradient);
            }

            // First the vectors of all pieces, then the loss, then each piece once more with its gradient: one piece at a time is in memory. (arXiv 2101.06983)
            (double sum, Tensor gradients, double byScale) = _loss.Compute(
                cat([.. pieces.Select(ForwardWithoutGradient)], 0), [.. pieces.SelectMany(piece => piece.Items)], bank, _temperature.Value);
            for (int i = 0, first = 0; i < pieces.Length; first += pieces[i].Items.Length, i++)
            {
                using DisposeScope scope = NewDisposeScope();
                Forward(pieces[i], i).backward([gradients.narrow(0, first, pieces[i].Items.Length).contiguous()]);
            }

            return (sum, byScale);
        }
        finally
        {
            foreach (PackedTexts piece in pieces)
            {
                piece.Dispose();
            }
        }
    }

    // Pieces of at most so many tokens, or of one text
    private PackedTexts[] Cut(int[] items)
    {
        var pieces = new List<PackedTexts>();
        for (int first = 0, end; first < items.Length; first = end)
        {
            int tokens = _inputs.Tokens[items[first]]!.Length;
            for (end = first + 1; end < items.Length && tokens + _inputs.Tokens[items[end]]!.Length <= _settings.TokensAtOnce; end++)
            {
                tokens += _inputs.Tokens[items[end]]!.Length;
            }

            pieces.Add(new PackedTexts(items.AsSpan(first..end), _inputs.Tokens, TokensAreMultipleOf));
        }

        return [.. pieces];
    }

    private Tensor ForwardWithoutGradient(PackedTexts piece, int index)
    {
        using IDisposable noGradient = no_grad();
        return Forward(piece, index);
    }

    // A piece drops the same values each time.
    private Tensor Forward(PackedTexts piece, int index)
    {
        _encoder.SetDropout(new DropoutMask(_random.Dropout(_optimizer.Steps) + (ulong)index, _settings.DropoutRate));
        return _encoder.Forward(piece);
    }

    // Validates, keeps the best, and makes the banks of the next pass of the same vectors.
    private VectorBank[] Measure(TuningState state, double loss, TimeSpan trained)
    {
        long started = Stopwatch.GetTimestamp();
        Tensor[] vectors = EncodeDomains();
        double ndcg = _validation.Measure(domain => vectors[domain]).Ndcg;
        VectorBank[] banks = BanksOf(vectors);
        TextTuningPass pass = state.Add(loss, ndcg, trained + Stopwatch.GetElapsedTime(started));
        _progress?.Report(pass);
        return banks;
    }

    private VectorBank[] MakeBanks() => BanksOf(EncodeDomains());

    private Tensor[] EncodeDomains() =>
        [.. _textItems.Select(items => _encoder.Encode(items, _cancellation.ThrowIfCancellationRequested).DetachFromDisposeScope())];

    private VectorBank[] BanksOf(Tensor[] vectors)
    {
        var banks = new VectorBank[vectors.Length];
        for (int domain = 0; domain < banks.Length; domain++)
        {
            using DisposeScope scope = NewDisposeScope();
            long[] places = Array.ConvertAll(_linkedItems[domain], item => (long)Array.BinarySearch(_textItems[domain], item));
            banks[domain] = new VectorBank(
                _linkedItems[domain], _domains.Length - 1, vectors[domain].index_select(0, torch.tensor(places)).DetachFromDisposeScope());
            vectors[domain].Dispose();
        }

        return banks;
    }

    private static void Free(VectorBank[] banks)
    {
        foreach (VectorBank bank in banks)
        {
            bank.Dispose();
        }
    }

    private int[] ItemsWhere(Func<int, bool> condition) => [.. Enumerable.Range(1, _domains.Length - 1).Where(condition)];
}
