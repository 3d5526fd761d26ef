using System.Collections.Concurrent;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>
/// A whole model, from item vectors on, as one differentiable operation over the memory of its weights (<see cref="HydraEncoder"/>). For
/// float32 on the CPU. Several threads may call at once; each has memory of its own, which is kept for later calls.
/// </summary>
/// <param name="sizes">Sizes of the model.</param>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
/// <param name="instructions">Instruction set to use; this processor must support it.</param>
internal sealed class EncoderOperation(ModelSizes sizes, int degreeOfParallelism, InstructionSet instructions) : IDisposable
{
    private readonly ConcurrentBag<HydraEncoder> _idle = [];

    /// <summary>With the widest instruction set of this processor.</summary>
    public EncoderOperation(ModelSizes sizes, int degreeOfParallelism)
        : this(sizes, degreeOfParallelism, InstructionSets.Best)
    {
    }

    /// <summary>Bytes of memory kept for later calls.</summary>
    public long Capacity => _idle.Sum(encoder => encoder.Capacity);

    /// <summary>Encodes a batch.</summary>
    /// <param name="vectors">Vectors of the batch's items, <c>[T, d]</c>.</param>
    /// <param name="weights">The model's weights by name, without those that the item vectors come from.</param>
    /// <param name="tokens">The batch of T tokens.</param>
    /// <param name="dropout">The dropout mask.</param>
    /// <returns><c>[T, d]</c>, differentiable by vectors and weights unless gradients are switched off.</returns>
    public Tensor Run(Tensor vectors, IReadOnlyList<(string Name, Parameter Value)> weights, TokenBatch tokens, DropoutMask dropout)
    {
        if (is_grad_enabled())
        {
            return Function.apply([vectors.contiguous(), .. weights.Select(w => w.Value), new Call(this, [.. weights.Select(w => w.Name)], tokens, dropout)]);
        }

        HydraEncoder encoder = Take();
        Tensor hidden = Forward(encoder, vectors.contiguous(), Bind(weights.Select(w => w.Name), weights.Select(w => w.Value)), tokens, dropout, trains: false);
        _idle.Add(encoder);
        return hidden;
    }

    /// <summary>Frees what is kept for later calls; running calls are not disturbed.</summary>
    public void Dispose()
    {
        while (_idle.TryTake(out HydraEncoder? idle))
        {
            idle.Dispose();
        }
    }

    private HydraEncoder Take() => _idle.TryTake(out HydraEncoder? idle) ? idle : new HydraEncoder(sizes, new Workspace(degreeOfParallelism, instructions));

    private EncoderWeights Bind(IEnumerable<string> names, IEnumerable<Tensor> values) => EncoderWeights.Bind(sizes, TensorMemory.Source(names, values));

    private unsafe Tensor Forward(HydraEncoder encoder, Tensor vectors, EncoderWeights weights, TokenBatch tokens, DropoutMask dropout, bool trains)
    {
        Tensor hidden = empty([tokens.Layout.Tokens, sizes.Width], ScalarType.Float32);
        encoder.Pack(weights, trains);
        fixed (int* positions = tokens.Positions)
        {
            fixed (float* times = tokens.Times)
            {
                encoder.Forward(weights, Input(vectors, tokens, positions, times, dropout), trains, TensorMemory.Pointer(hidden));
            }
        }

        return hidden;
    }

    private static unsafe EncoderInput Input(Tensor vectors, TokenBatch tokens, int* positions, float* times, DropoutMask dropout) => new()
    {
        Tokens = tokens.Layout,
        Vectors = new ItemRows(TensorMemory.Pointer(vectors)),
        Positions = positions,
        Times = times,
        Dropout = dropout,
    };

    // One call: what its backward pass needs besides vectors and weights
    private sealed record Call(EncoderOperation Owner, string[] Names, TokenBatch Tokens, DropoutMask Dropout)
    {
        /// <summary>Memory of the call, from its forward to its backward pass.</summary>
        public HydraEncoder? Encoder { get; set; }
    }

    // The arguments: the item vectors, then the weights, last the call.
    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(EncoderOperation);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var call = (Call)vars[^1];
            List<Tensor> tensors = [.. vars[..^1].Cast<Tensor>()];
            ctx.save_for_backward(tensors);
            ctx.save_data(Name, call);
            using IDisposable inference = no_grad();
            call.Encoder = call.Owner.Take();
            return call.Owner.Forward(call.Encoder, tensors[0], call.Owner.Bind(call.Names, tensors.Skip(1)), call.Tokens, call.Dropout, trains: true);
        }

        public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable inference = no_grad();
            var call = (Call)ctx.get_data(Name);
            HydraEncoder encoder = call.Encoder
                ?? throw new InvalidOperationException("A batch was sent backwards twice; encode it again before the second time.");
            call.Encoder = null;
            List<Tensor> tensors = ctx.get_saved_variables();
            Tensor[] gradients = [.. tensors.Select(tensor => empty_like(tensor))];
            fixed (float* times = call.Tokens.Times)
            {
                encoder.Backward(
                    call.Owner.Bind(call.Names, tensors.Skip(1)), Input(tensors[0], call.Tokens, null, times, call.Dropout),
                    TensorMemory.Pointer(grad_output.contiguous()), TensorMemory.Pointer(gradients[0]), TensorMemory.Source(call.Names, gradients.Skip(1)));
            }

            call.Owner._idle.Add(encoder);
            foreach (Tensor gradient in gradients)
            {
                gradient.MoveToOuterDisposeScope();
            }

            return [.. gradients, null!];
        }
    }
}
