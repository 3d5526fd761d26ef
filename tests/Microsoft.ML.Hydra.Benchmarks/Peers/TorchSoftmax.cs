using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>Cross-entropy over the catalogue as torch programs write it: all logits at once.</summary>
internal static class TorchSoftmax
{
    /// <inheritdoc cref="Microsoft.ML.Hydra.Compute.CatalogSoftmax"/>
    public static Tensor Run(Tensor queries, Tensor table, Tensor targets)
    {
        Tensor items = table.narrow(0, 1, table.shape[0] - 1);   // without the padding row
        return nn.functional.cross_entropy(queries.mm(items.t()), targets - 1);
    }
}
