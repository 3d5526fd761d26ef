using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Hydra (arXiv 2504.07398) over item vectors: dropout, RMSNorm, L layers, RMSNorm. Position t of the output is the
/// vector whose product with an item's vector scores that item as the event after t. Causal throughout: a position never
/// sees a later one, so padding on the right changes nothing.
/// </summary>
internal sealed class HydraModel : nn.Module<Tensor, Tensor?, Tensor?, Tensor>, ISequenceModel
{
    private const string ItemsPrefix = nameof(items) + ".";
    private const string EncodersPrefix = Numerics.EncoderWeights.FurtherEncoders;

    private readonly ItemVectors items;
    private readonly RootMeanSquareNorm embedding_norm;
    private readonly ModuleList<HydraLayer> layers;
    private readonly RootMeanSquareNorm final_norm;
    private readonly ModuleList<FurtherEncoder> encoders;    // all but the first
    private readonly EncoderOperation? _encoder;

    /// <param name="sizes">Sizes.</param>
    /// <param name="kernels">How its operations are computed.</param>
    /// <param name="seed">Seed of the initial weights.</param>
    /// <param name="dropoutRate">Share of values dropped in training.</param>
    /// <param name="dtype">Type of all weights; float64 serves gradient checks.</param>
    /// <param name="itemVectors">Makes the item vectors; null for a trained vector for each id.</param>
    public HydraModel(
        ModelSizes sizes, ModelKernels kernels, ulong seed, double dropoutRate, ScalarType dtype = ScalarType.Float32,
        Func<ParameterFactory, ItemVectors>? itemVectors = null)
        : base(nameof(HydraModel))
    {
        Sizes = sizes;
        _encoder = kernels.Encoder?.Invoke(sizes);
        Dropout = new DropoutSource { Rate = dropoutRate };
        using var generator = new Generator(seed, CPU);
        var parameters = new ParameterFactory(generator, dtype);
        items = itemVectors?.Invoke(parameters) ?? new IdVectors(sizes, kernels.LookUp, parameters);
        embedding_norm = new RootMeanSquareNorm([sizes.Width], dtype);
        layers = FurtherEncoder.MakeLayers(sizes, kernels, Dropout, parameters);
        final_norm = new RootMeanSquareNorm([sizes.Width], dtype);
        encoders = new ModuleList<FurtherEncoder>([.. Enumerable.Range(1, sizes.Encoders - 1).Select(_ => new FurtherEncoder(sizes, kernels, Dropout, parameters))]);
        RegisterComponents();
    }

    /// <summary>Sizes of the model.</summary>
    public ModelSizes Sizes { get; }

    /// <inheritdoc/>
    public int NumberOfItems => Sizes.NumberOfItems;

    /// <summary>The dropout all layers draw from.</summary>
    public DropoutSource Dropout { get; }

    /// <inheritdoc/>
    public IEnumerable<(string name, Parameter parameter)> Weights => [.. items.named_parameters(), .. Enumerable.Range(0, Sizes.Encoders).SelectMany(encoder => EncoderWeights(encoder).Select(weight => (Numerics.EncoderWeights.NameOf(encoder, weight.Name), weight.Value)))];

    /// <summary>Encodes a batch with the fastest kernels for the device.</summary>
    /// <param name="tokens">T tokens.</param>
    /// <returns><c>[T, d]</c>.</returns>
    public Tensor Encode(TokenBatch tokens)
    {
        if (_encoder is not null)
        {
            Tensor rows = tensor(Array.ConvertAll(tokens.Items, item => (long)item));
            return _encoder.Run(items.Rows(rows), EncoderWeights(EncoderOf(tokens)), tokens, Dropout.Mask);
        }

        var padded = new PaddedTokens(tokens, Sizes.TimeFeatures, final_norm.Weight);
        Dropout.Tokens = padded.TokenOf;
        Tensor hidden = Encode(EncoderOf(tokens), padded.Items, padded.Positions, padded.Times).view(-1, Sizes.Width);
        Dropout.Tokens = null;
        return hidden.index_select(0, padded.Places);
    }

    /// <summary>Encodes padded sequences in torch operations: the reference in tests, and what runs on a GPU.</summary>
    /// <param name="rows">Item rows, <c>[B, L]</c>, int64, padded with 0 on the right.</param>
    /// <param name="positions">Index of each event in its user's whole history, <c>[B, L]</c>; needed by the rotary gate only.</param>
    /// <param name="times">Features of the events' times, <c>[B, L, K]</c>, in the type of the weights; null for none.</param>
    /// <returns><c>[B, L, d]</c>.</returns>
    public override Tensor forward(Tensor rows, Tensor? positions, Tensor? times) => Encode(0, rows, positions, times);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _encoder?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public Tensor ScoringQueries(Tensor hidden) =>
        Sizes.Temperature is double temperature ? nn.functional.normalize(hidden, dim: -1) * (1 / temperature) : hidden;

    /// <inheritdoc/>
    public Tensor ScoringTable() =>
        Sizes.Temperature is null ? items.Table() : nn.functional.normalize(items.Table(), dim: -1);

    /// <inheritdoc/>
    public IDisposable? HoldItemVectors() => items.Hold();

    // Those of one encoder under their names in it
    private (string Name, Parameter Value)[] EncoderWeights(int encoder) => encoder > 0
        ? [.. encoders[encoder - 1].named_parameters()]
        : [.. named_parameters().Where(p => !p.name.StartsWith(ItemsPrefix, StringComparison.Ordinal) && !p.name.StartsWith(EncodersPrefix, StringComparison.Ordinal))];

    private int EncoderOf(TokenBatch tokens) => Sizes.Encoders == 1 ? 0 : tokens.Domain;

    private Tensor Encode(int encoder, Tensor rows, Tensor? positions, Tensor? times)
    {
        FurtherEncoder? further = encoder > 0 ? encoders[encoder - 1] : null;
        Tensor h = items.Rows(rows.view(-1)).view(rows.shape[0], rows.shape[1], Sizes.Width);
        h = (further?.EmbeddingNorm ?? embedding_norm).call(Dropout.Apply(h));
        foreach (HydraLayer layer in further?.Layers ?? layers)
        {
            h = layer.call(h, positions, times);
        }

        return (further?.FinalNorm ?? final_norm).call(h);
    }
}

/// <summary>The weights of an encoder of sequences after the first one, which lie in the model itself.</summary>
internal sealed class FurtherEncoder : nn.Module
{
    private readonly RootMeanSquareNorm embedding_norm;
    private readonly ModuleList<HydraLayer> layers;
    private readonly RootMeanSquareNorm final_norm;

    public FurtherEncoder(ModelSizes sizes, ModelKernels kernels, DropoutSource dropout, ParameterFactory parameters)
        : base(nameof(FurtherEncoder))
    {
        embedding_norm = new RootMeanSquareNorm([sizes.Width], parameters.Type);
        layers = MakeLayers(sizes, kernels, dropout, parameters);
        final_norm = new RootMeanSquareNorm([sizes.Width], parameters.Type);
        RegisterComponents();
    }

    public RootMeanSquareNorm EmbeddingNorm => embedding_norm;

    public ModuleList<HydraLayer> Layers => layers;

    public RootMeanSquareNorm FinalNorm => final_norm;

    /// <summary>The layers of an encoder.</summary>
    public static ModuleList<HydraLayer> MakeLayers(ModelSizes sizes, ModelKernels kernels, DropoutSource dropout, ParameterFactory parameters) =>
        new([.. Enumerable.Range(0, sizes.Layers).Select(_ => new HydraLayer(sizes, kernels.Scan, dropout, parameters))]);
}

/// <summary>A batch of tokens for torch operations: sequences side by side, padded on the right with item 0.</summary>
internal sealed class PaddedTokens
{
    /// <param name="tokens">The batch.</param>
    /// <param name="timeFeatures">K: features of an event's time that the model reads.</param>
    /// <param name="weights">A weight of the model, which shows its device and type.</param>
    public PaddedTokens(TokenBatch tokens, int timeFeatures, Tensor weights)
    {
        Device device = weights.device;
        TokenLayout layout = tokens.Layout;
        int length = layout.LongestSequence;
        var items = new long[layout.Sequences * length];
        var positions = new long[items.Length];
        var places = new long[layout.Tokens];
        float[]? times = tokens.Times is null || timeFeatures == 0 ? null : new float[items.Length * timeFeatures];
        TokenOf = new int[items.Length];
        for (int sequence = 0; sequence < layout.Sequences; sequence++)
        {
            int first = layout.Offset(sequence);
            for (int token = first; token < layout.Offset(sequence + 1); token++)
            {
                int place = (sequence * length) + token - first;
                tokens.Times?.AsSpan(token * timeFeatures, timeFeatures).CopyTo(times.AsSpan(place * timeFeatures));
                (items[place], positions[place], places[token], TokenOf[place]) = (tokens.Items[token], tokens.Positions[token], place, token);
            }
        }

        Items = tensor(items, device: device).view(layout.Sequences, length);
        Positions = tensor(positions, device: device).view(layout.Sequences, length);
        Places = tensor(places, device: device);
        Times = times is null ? null : tensor(times, device: device).view(layout.Sequences, length, timeFeatures).to(weights.dtype);
    }

    /// <summary>Item rows, <c>[B, L]</c>.</summary>
    public Tensor Items { get; }

    /// <summary>Positions, <c>[B, L]</c>.</summary>
    public Tensor Positions { get; }

    /// <summary>Features of the events' times, <c>[B, L, K]</c>; null for none.</summary>
    public Tensor? Times { get; }

    /// <summary>The place in <c>[B · L]</c> of each of the T tokens.</summary>
    public Tensor Places { get; }

    /// <summary>The token at each of the B · L places; any number at a padded place.</summary>
    public int[] TokenOf { get; }
}
