using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>
/// SASRec (arXiv 1808.09781) with pre-norm blocks and scores tied to the item vectors: item vectors plus learned positions, dropout,
/// blocks, norm.
/// </summary>
internal sealed class SasRec : nn.Module<Tensor, Tensor>
{
    private const double InitialDeviation = 0.02;

    private readonly double _dropout;
    private readonly ISasRecParts _parts;
    private readonly Embedding item_embedding;       // [items + 1, d]
    private readonly Parameter position_embedding;   // [L, d]
    private readonly ModuleList<SasRecBlock> blocks;
    private readonly nn.Module<Tensor, Tensor> final_norm;

    public SasRec(SasRecSizes sizes, double dropout, ISasRecParts parts)
        : base(nameof(SasRec))
    {
        (_dropout, _parts) = (dropout, parts);
        item_embedding = nn.Embedding(sizes.Items + 1, sizes.Width);
        nn.init.normal_(item_embedding.weight!, 0, InitialDeviation);
        position_embedding = new Parameter(empty(sizes.Length, sizes.Width).normal_(0, InitialDeviation));
        blocks = new ModuleList<SasRecBlock>([.. Enumerable.Range(0, sizes.Layers).Select(_ => new SasRecBlock(sizes, dropout, parts))]);
        final_norm = parts.Norm(sizes.Width);
        RegisterComponents();
    }

    /// <summary>Item vectors, <c>[items + 1, d]</c>; row 0 is padding.</summary>
    public Parameter ItemVectors => item_embedding.weight!;

    /// <summary>Trained weights.</summary>
    public long NumberOfParameters => parameters().Sum(parameter => parameter.numel());

    /// <param name="items">Item rows, <c>[B, L]</c>, int64.</param>
    /// <returns><c>[B · L, d]</c>.</returns>
    public override Tensor forward(Tensor items)
    {
        long length = items.shape[1];
        Tensor h = item_embedding.call(items) + position_embedding.narrow(0, 0, length);
        h = _parts.AddDropped(null, h, training ? _dropout : 0);
        foreach (SasRecBlock block in blocks)
        {
            h = block.call(h);
        }

        return final_norm.call(h).view(items.shape[0] * length, -1);
    }
}
