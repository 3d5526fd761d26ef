using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>A SASRec block in torch, forwards and backwards from given gradients of its outputs.</summary>
internal sealed class TorchBlock : IEntrant
{
    private readonly SasRecBlock _block;
    private readonly Tensor _inputs;     // [B, L, d]
    private readonly Tensor _gradient;   // [B, L, d]

    public TorchBlock(SasRecSizes sizes, int sequences, int length)
    {
        _block = new SasRecBlock(sizes, new DropoutSource { Rate = 0 }, site: 0, new TorchParts());
        _inputs = randn([sequences, length, sizes.Width], requires_grad: true);
        _gradient = randn(sequences, length, sizes.Width);
    }

    public long Parameters => _block.parameters().Sum(parameter => parameter.numel());

    public void Run()
    {
        using DisposeScope scope = NewDisposeScope();
        _block.zero_grad(set_to_none: true);
        _inputs.grad = null;
        _block.call(_inputs).backward([_gradient]);
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _gradient.Dispose();
        _block.Dispose();
    }
}
