using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// AdamW (arXiv 1711.05101). Its state can be read and written, so that a resumed run gives the same bits. Weight decay applies to
/// matrices and embeddings only.
/// </summary>
internal sealed class AdamW : IDisposable
{
    private const double Epsilon = 1e-8;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _weightDecay;
    private readonly Slot[] _slots;
    private readonly Workspace _workspace;

    /// <param name="parameters">Named parameters, in a fixed order.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <param name="degreeOfParallelism">Most threads of a step.</param>
    public AdamW(IEnumerable<(string name, Parameter parameter)> parameters, double beta1, double beta2, double weightDecay, int degreeOfParallelism)
    {
        _workspace = new Workspace(degreeOfParallelism);
        (_beta1, _beta2, _weightDecay) = (beta1, beta2, weightDecay);
        _slots = [.. parameters.Select(p => new Slot(
            p.name, p.parameter, zeros_like(p.parameter).detach(), zeros_like(p.parameter).detach(), Decays(p.name)))];
    }

    /// <summary>
    /// Whether a weight that a step does not reach stays as it is: that of the encoder of another domain. Otherwise its gradient is 0 and its moments move it on.
    /// </summary>
    public bool LeavesUnreached { get; init; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>The moments of every parameter, by name.</summary>
    public IEnumerable<(string name, Tensor value)> State =>
        _slots.SelectMany(s => new[] { (s.Name + ".first_moment", s.First), (s.Name + ".second_moment", s.Second) });

    /// <summary>Sets the gradients of the last step to 0, or to none.</summary>
    public void ClearGradients()
    {
        foreach (Slot slot in _slots)
        {
            if (LeavesUnreached)
            {
                slot.Parameter.grad = null;
            }
            else
            {
                slot.Parameter.grad?.zero_();
            }
        }
    }

    /// <summary>Scales all gradients together to at most a given L2 norm (0: leaves them) and returns the norm they had.</summary>
    public double ClipGradients(double maximumNorm) =>
        // torch refuses a bound that float32 cannot hold: it then means no bound.
        nn.utils.clip_grad_norm_(_slots.Select(s => s.Parameter), maximumNorm is > 0 and <= float.MaxValue ? maximumNorm : double.PositiveInfinity);

    /// <summary>Moves every parameter against its gradient.</summary>
    public void Step(double learningRate)
    {
        using IDisposable scope = no_grad();
        using DisposeScope disposal = NewDisposeScope();
        Steps++;
        foreach (Slot slot in _slots)
        {
            if (slot.Parameter.grad is not Tensor gradient)
            {
                continue;
            }

            double decay = slot.Decays ? _weightDecay : 0;
            if (TensorMemory.IsReachable(slot.Parameter))
            {
                AdamWUpdate.Run(
                    new AdamWStep(Steps, learningRate, _beta1, _beta2, Epsilon, decay),
                    TensorMemory.Of(slot.Parameter),
                    TensorMemory.Of(gradient.contiguous()),
                    TensorMemory.Of(slot.First),
                    TensorMemory.Of(slot.Second),
                    _workspace);
            }
            else
            {
                MoveInTorch(slot, gradient, learningRate, decay);
            }
        }
    }

    public void Dispose()
    {
        _workspace.Dispose();
        foreach (Slot slot in _slots)
        {
            slot.First.Dispose();
            slot.Second.Dispose();
        }
    }

    // The same in torch operations, for a GPU or float64
    private void MoveInTorch(Slot slot, Tensor gradient, double learningRate, double decay)
    {
        double firstScale = learningRate / (1 - Math.Pow(_beta1, Steps));
        double secondScale = 1 / Math.Sqrt(1 - Math.Pow(_beta2, Steps));
        slot.Parameter.mul_(1 - learningRate * decay);
        slot.First.mul_(_beta1).add_(gradient, alpha: 1 - _beta1);
        slot.Second.mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
        slot.Parameter.addcdiv_(slot.First, slot.Second.sqrt().mul_(secondScale).add_(Epsilon), -firstScale);
    }

    // Norm weights, biases and the parameters of the scan do not decay.
    private static bool Decays(string name)
    {
        string leaf = name[(name.LastIndexOf('.') + 1)..];
        return leaf is not ("weight" or "conv_bias" or "dt_bias" or "dt_time" or "A_log" or "D");
    }

    private sealed record Slot(string Name, Parameter Parameter, Tensor First, Tensor Second, bool Decays);
}
