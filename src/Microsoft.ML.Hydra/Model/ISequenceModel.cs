using Microsoft.ML.Hydra.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>What training needs of a model: it encodes sequences, and scores items by the product of their vectors with a sequence's.</summary>
internal interface ISequenceModel
{
    /// <summary>Size of the catalogue.</summary>
    int NumberOfItems { get; }

    /// <summary>The dropout of all its parts. It has a seed only in the forward pass of a training step.</summary>
    DropoutSource Dropout { get; }

    /// <summary>All trained weights under their names, in a fixed order.</summary>
    IEnumerable<(string name, Parameter parameter)> Weights { get; }

    /// <summary>Encodes a batch.</summary>
    /// <param name="tokens">T tokens.</param>
    /// <returns><c>[T, d]</c>; a row depends only on its own token and the earlier tokens of its sequence.</returns>
    Tensor Encode(TokenBatch tokens);

    /// <summary>Sequence vectors as they enter the product with <see cref="ScoringTable"/>.</summary>
    /// <param name="hidden">Outputs of the model, <c>[M, d]</c>.</param>
    Tensor ScoringQueries(Tensor hidden);

    /// <summary>Item vectors as they enter the product, <c>[items + 1, d]</c>; row 0 is padding.</summary>
    Tensor ScoringTable();

    /// <summary>Lets item vectors that take time to make be made once, until it is disposed. The weights must not change before.</summary>
    /// <returns>Null where there is nothing to hold.</returns>
    IDisposable? HoldItemVectors() => null;
}
