using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Hydra (arXiv 2504.07398) over item ids: embedding, dropout, RMSNorm, L layers, RMSNorm. Position t of the output is the
/// vector whose product with an item's vector scores that item as the event after t. Causal throughout: a position never
/// sees a later one, so padding on the right changes nothing.
/// </summary>
internal sealed class HydraModel : nn.Module<Tensor, Tensor?, Tensor?, Tensor>, ISequenceModel
{
    /// <summary>Name of the item vectors among the weights.</summary>
    public const string ItemVectors = nameof(item_embedding);

    // Small, so that training starts from nearly equal scores; the first norm makes the inputs large all the same.
    private const double ItemDeviation = 0.02;

    private readonly Parameter item_embedding;   // [items + 1, d]; row 0 is padding
    private readonly RootMeanSquareNorm embedding_norm;
    private readonly ModuleList<HydraLayer> layers;
    private readonly RootMeanSquareNorm final_norm;
    private readonly EncoderOperation? _encoder;

    /// <param name="sizes">Sizes.</param>
    /// <param name="kernels">How its operations are computed.</param>
    /// <param name="seed">Seed of the initial weights.</param>
    /// <param name="dropoutRate">Share of values dropped in training.</param>
    /// <param name="dtype">Type of all weights; float64 serves gradient checks.</param>
    public HydraModel(ModelSizes sizes, ModelKernels kernels, ulong seed, double dropoutRate, ScalarType dtype = ScalarType.Float32)
        : base(nameof(HydraModel))
    {
        Sizes = sizes;
        _encoder = kernels.Encoder?.Invoke(sizes);
        Dropout = new DropoutSource { Rate = dropoutRate };
        using var generator = new Generator(seed, CPU);
        var parameters = new ParameterFactory(generator, dtype);
        item_embedding = parameters.Normal([sizes.NumberOfItems + 1, sizes.Width], ItemDeviation);
        embedding_norm = new RootMeanSquareNorm([sizes.Width], dtype);
        layers = new ModuleList<HydraLayer>(
            [.. Enumerable.Range(0, sizes.Layers).Select(_ => new HydraLayer(sizes, kernels.Scan, Dropout, parameters))]);
        final_norm = new RootMeanSquareNorm([sizes.Width], dtype);
        RegisterComponents();
    }

    /// <summary>Sizes of the model.</summary>
    public ModelSizes Sizes { get; }

    /// <inheritdoc/>
    public int NumberOfItems => Sizes.NumberOfItems;

    /// <summary>The dropout all layers draw from.</summary>
    public DropoutSource Dropout { get; }

    /// <inheritdoc/>
    public IEnumerable<(string name, Parameter parameter)> Weights => named_parameters();

    /// <summary>Item vectors, <c>[items + 1, d]</c>; row 0 is padding.</summary>
    public Parameter ItemEmbedding => item_embedding;

    /// <summary>Encodes a batch with the fastest kernels there are.</summary>
    /// <param name="tokens">T tokens.</param>
    /// <returns><c>[T, d]</c>.</returns>
    public Tensor Encode(TokenBatch tokens)
    {
        if (_encoder is not null)
        {
            return _encoder.Run([.. named_parameters()], tokens, Dropout.Mask);
        }

        var padded = new PaddedTokens(tokens, Sizes.TimeFeatures, item_embedding);
        Dropout.Tokens = padded.TokenOf;
        Tensor hidden = call(padded.Items, padded.Positions, padded.Times).view(-1, Sizes.Width);
        Dropout.Tokens = null;
        return hidden.index_select(0, padded.Places);
    }

    /// <summary>Encodes padded sequences in torch operations: the reference, and the way of a GPU.</summary>
    /// <param name="items">Item rows, <c>[B, L]</c>, int64, padded with 0 on the right.</param>
    /// <param name="positions">Index of each event in its user's whole history, <c>[B, L]</c>; needed by the rotary gate only.</param>
    /// <param name="times">Features of the events' times, <c>[B, L, K]</c>, in the type of the weights; null for none.</param>
    /// <returns><c>[B, L, d]</c>.</returns>
    public override Tensor forward(Tensor items, Tensor? positions, Tensor? times)
    {
        Tensor h = item_embedding.index_select(0, items.view(-1)).view(items.shape[0], items.shape[1], Sizes.Width);
        h = embedding_norm.call(Dropout.Apply(h));
        foreach (HydraLayer layer in layers)
        {
            h = layer.call(h, positions, times);
        }

        return final_norm.call(h);
    }

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
        Sizes.Temperature is null ? item_embedding : nn.functional.normalize(item_embedding, dim: -1);
}
