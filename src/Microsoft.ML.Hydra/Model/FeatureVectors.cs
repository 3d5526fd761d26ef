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
    private Tensor? _held;

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="inputs">Features and gates of the items.</param>
    /// <param name="kernels">How the vectors are computed, and how rows are found.</param>
    /// <param name="parameters">Makes the initial weights.</param>
    public FeatureVectors(ModelSizes sizes, ItemInputs inputs, ModelKernels kernels, ParameterFactory parameters)
        : base(nameof(FeatureVectors))
    {
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
        return new Held(this);
    }

    private sealed class Held(FeatureVectors owner) : IDisposable
    {
        public void Dispose()
        {
            owner._held?.Dispose();
            owner._held = null;
        }
    }
}
