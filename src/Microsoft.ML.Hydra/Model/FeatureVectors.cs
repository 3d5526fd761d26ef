using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// An item's vector as a part of its own and a map of what is known of it: <c>e_i = g_i δ_i + W^T x_i</c>, δ and W trained. The gate
/// <c>g_i</c> grows with the events of the item, so that the own part of a rare item, which is mostly noise, counts little.
/// </summary>
internal sealed class FeatureVectors : ItemVectors
{
    /// <summary>Name of δ, <c>[I + 1, d]</c>, as that of the vectors of ids.</summary>
    public const string Own = EncoderWeights.ItemVectors;

    /// <summary>Name of W, <c>[F, d]</c>.</summary>
    public const string Map = "feature_map";

    private const double Deviation = 0.02;

    private readonly Parameter item_embedding;
    private readonly Parameter feature_map;
    private readonly FeatureMapping _mapping;
    private readonly RowLookUp _lookUp;
    private readonly TableGradientReader? _readGradient;
    private Tensor? _held;

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="inputs">Features and gates of the items.</param>
    /// <param name="kernels">How the vectors are computed, and how rows are found.</param>
    /// <param name="parameters">Makes the initial weights.</param>
    /// <param name="readGradient">Receives the gradient by the table at the end of each step of a training; null for none.</param>
    public FeatureVectors(
        ModelSizes sizes, ItemInputs inputs, ModelKernels kernels, ParameterFactory parameters, TableGradientReader? readGradient = null)
        : base(nameof(FeatureVectors))
    {
        _readGradient = readGradient;
        (NumberOfItems, _mapping, _lookUp) = (sizes.NumberOfItems, kernels.MapFeatures(inputs), kernels.LookUp);
        item_embedding = parameters.Normal([sizes.NumberOfItems + 1, sizes.Width], Deviation);
        feature_map = parameters.Normal([inputs.Features.NumberOfColumns, sizes.Width], Deviation);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int NumberOfItems { get; }

    /// <inheritdoc/>
    public override Tensor Rows(Tensor items) => _lookUp(Table(), items);

    /// <inheritdoc/>
    public override Tensor Table() => _held ?? _mapping(item_embedding, feature_map);

    /// <inheritdoc/>
    public override IDisposable Hold()
    {
        _held = _mapping(item_embedding, feature_map).DetachFromDisposeScope();
        if (_readGradient is not null && _held.requires_grad)
        {
            _held.retain_grad();
        }

        return new Held(this);
    }

    private sealed class Held(FeatureVectors owner) : IDisposable
    {
        public void Dispose()
        {
            // Asked only where it was kept: torch writes a warning when the gradient of another tensor that is no leaf is read.
            using Tensor? gradient = owner._readGradient is null ? null : owner._held?.grad;
            if (gradient is not null)
            {
                owner._readGradient!.Invoke(gradient, owner.feature_map);
            }

            owner._held?.Dispose();
            owner._held = null;
        }
    }
}

/// <summary>Reads the gradient by the vectors of all items, <c>[I + 1, d]</c>, and the map W, <c>[F, d]</c>.</summary>
internal delegate void TableGradientReader(Tensor gradient, Tensor map);
