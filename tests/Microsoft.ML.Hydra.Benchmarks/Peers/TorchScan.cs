using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>The chunked scan in torch, forwards and backwards, with the faster of two chunk lengths.</summary>
internal sealed class TorchScan : IEntrant
{
    private static readonly int[] s_chunks = [16, 32];

    private readonly Tensor[] _inputs;
    private readonly Tensor _gradient;
    private StateSpaceScan? _scan;

    public TorchScan(ScanShape shape)
    {
        long[] steps = [shape.Groups, shape.Batch, shape.Length];
        _inputs =
        [
            randn([.. steps, shape.Heads, shape.Width], requires_grad: true),
            empty([.. steps, shape.Heads]).uniform_(0.001, 0.1).requires_grad_(),
            empty(shape.Groups, shape.Heads).uniform_(-16, -1).requires_grad_(),
            randn([.. steps, shape.StateSize], requires_grad: true),
            randn([.. steps, shape.StateSize], requires_grad: true),
        ];
        _gradient = randn([.. steps, shape.Heads, shape.Width]);
    }

    public void Run()
    {
        _scan ??= Faster();
        Run(_scan);
    }

    public void Dispose()
    {
        foreach (Tensor input in _inputs)
        {
            input.Dispose();
        }

        _gradient.Dispose();
    }

    // The first run tries both.
    private StateSpaceScan Faster() => s_chunks.Select(ScanKernel.Chunked).MinBy(scan =>
    {
        Run(scan);   // warm-up
        return Timing.Milliseconds(() => Run(scan));
    })!;

    private void Run(StateSpaceScan scan)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Tensor input in _inputs)
        {
            input.grad = null;
        }

        scan(_inputs[0], _inputs[1], _inputs[2], _inputs[3], _inputs[4]).backward([_gradient]);
    }
}
