using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Where the vectors of a model's items come from. The model reads the rows of a batch's items and, to score, the table of all
/// items; the gradients of both flow back to the weights that make the vectors. Row 0 is padding.
/// </summary>
internal abstract class ItemVectors(string name) : nn.Module(name)
{
    /// <summary>Size of the catalogue.</summary>
    public abstract int NumberOfItems { get; }

    /// <summary>Vectors of some items.</summary>
    /// <param name="items">Item rows, <c>[M]</c>, int64, each 0 to <see cref="NumberOfItems"/>.</param>
    /// <returns><c>[M, d]</c>.</returns>
    public abstract Tensor Rows(Tensor items);

    /// <summary>Vectors of all items, <c>[items + 1, d]</c>.</summary>
    public abstract Tensor Table();

    /// <summary>Lets vectors that take time to make be made once, until it is disposed. The weights must not change before.</summary>
    /// <returns>Null where there is nothing to hold.</returns>
    public virtual IDisposable? Hold() => null;
}

/// <summary>A trained vector for each item id: <c>E ∈ R^{(|I| + 1) × d}</c> (arXiv 2504.07398).</summary>
internal sealed class IdVectors : ItemVectors
{
    // Small, so that training starts from nearly equal scores; the first norm scales the inputs up anyway.
    private const double Deviation = 0.02;

    private readonly Parameter item_embedding;
    private readonly RowLookUp _lookUp;

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="lookUp">How rows are found.</param>
    /// <param name="parameters">Makes the initial vectors.</param>
    public IdVectors(ModelSizes sizes, RowLookUp lookUp, ParameterFactory parameters)
        : base(nameof(IdVectors))
    {
        (NumberOfItems, _lookUp) = (sizes.NumberOfItems, lookUp);
        item_embedding = parameters.Normal([sizes.NumberOfItems + 1, sizes.Width], Deviation);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int NumberOfItems { get; }

    /// <inheritdoc/>
    public override Tensor Rows(Tensor items) => _lookUp(item_embedding, items);

    /// <inheritdoc/>
    public override Tensor Table() => item_embedding;
}
