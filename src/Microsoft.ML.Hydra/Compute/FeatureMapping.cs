using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>Item vectors from ids and features, <c>e_i = g_i δ_i + Σ_f x_if W_f</c>, differentiable by δ and W.</summary>
/// <param name="own">δ, <c>[I + 1, d]</c>.</param>
/// <param name="map">W, <c>[F, d]</c>.</param>
/// <returns><c>[I + 1, d]</c>.</returns>
internal delegate Tensor FeatureMapping(Tensor own, Tensor map);

/// <summary>What item vectors are made of besides the trained weights.</summary>
/// <param name="Features">x, a row for each item row, <c>[I + 1, F]</c>; row 0 is empty.</param>
/// <param name="Gates">g, <c>[I + 1]</c>.</param>
/// <param name="Learns">Whether W learns from an item, <c>[I + 1]</c>; null where it learns from all.</param>
internal sealed record ItemInputs(SparseRows Features, float[] Gates, bool[]? Learns = null)
{
    /// <summary>Changes with the values of the features, where those learn too.</summary>
    public int Version { get; set; }
}

/// <summary>The mapping in torch operations: the reference in tests, and what runs on a GPU. One caller at a time.</summary>
/// <param name="inputs">Features and gates of all items.</param>
internal sealed class TorchFeatureMapping(ItemInputs inputs)
{
    // Copies on the device of the weights, in their type; made at the first call and freed when they are collected.
    private (Tensor Features, Tensor Gates, Tensor? Learns)? _copies;
    private int _version;

    /// <inheritdoc cref="FeatureMapping"/>
    public Tensor Run(Tensor own, Tensor map)
    {
        if (_copies is not { } copies || _version != inputs.Version || copies.Gates.device.ToString() != own.device.ToString() || copies.Gates.dtype != own.dtype)
        {
            (_copies, _version) = (copies = Copy(own.device, own.dtype), inputs.Version);
        }

        Tensor mapped = copies.Features.mm(map);
        if (copies.Learns is { } learns)
        {
            mapped = where(learns, mapped, mapped.detach());
        }

        return (own * copies.Gates) + mapped;
    }

    private (Tensor Features, Tensor Gates, Tensor? Learns) Copy(Device device, ScalarType type)
    {
        SparseRows x = inputs.Features;
        using DisposeScope scope = NewDisposeScope();
        long[] rows = [.. Enumerable.Range(0, x.NumberOfRows).SelectMany(row => Enumerable.Repeat((long)row, x.Offsets[row + 1] - x.Offsets[row]))];
        Tensor places = stack([tensor(rows, device: device), tensor(Array.ConvertAll(x.Columns, column => (long)column), device: device)]);
        Tensor features = sparse_coo_tensor(places, tensor(x.Values, device: device).to(type), [x.NumberOfRows, x.NumberOfColumns], device: device);
        Tensor gates = tensor(inputs.Gates, device: device).to(type).unsqueeze(1);
        return (
            features.MoveToOuterDisposeScope().DetachFromDisposeScope(), gates.MoveToOuterDisposeScope().DetachFromDisposeScope(),
            inputs.Learns is bool[] learns ? tensor(learns, device: device).unsqueeze(1).MoveToOuterDisposeScope().DetachFromDisposeScope() : null);
    }
}

/// <summary>The mapping over the tensors' memory, for float32 on the CPU. Sums do not depend on the number of threads.</summary>
/// <param name="inputs">Features and gates of all items.</param>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal sealed class FusedFeatureMapping(ItemInputs inputs, int degreeOfParallelism)
{
    private readonly WorkspacePool _workspaces = new(degreeOfParallelism);
    private readonly int _full = inputs.Features.CountFullColumns();

    /// <inheritdoc cref="FeatureMapping"/>
    public Tensor Run(Tensor own, Tensor map) => Function.apply(
        own, map, new Call(_workspaces, inputs, new((int)own.shape[0], (int)map.shape[0], _full, (int)own.shape[1])));

    private sealed record Call(WorkspacePool Workspaces, ItemInputs Inputs, FeatureSizes Sizes)
    {
        /// <summary>Runs work over the items in a workspace.</summary>
        public unsafe void Run(Action<Workspace, MappedItems> work)
        {
            SparseRows x = Inputs.Features;
            Workspaces.Use(workspace =>
            {
                fixed (int* offsets = x.Offsets, columns = x.Columns)
                {
                    fixed (float* values = x.Values, gates = Inputs.Gates)
                    {
                        work(workspace, new MappedItems(offsets, columns, values, gates, Sizes));
                    }
                }

                return 0;
            });
        }
    }

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedFeatureMapping);

        public override unsafe Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            (Tensor own, Tensor map, var call) = ((Tensor)vars[0], (Tensor)vars[1], (Call)vars[2]);
            ctx.save_data(Name, call);
            using IDisposable inference = no_grad();
            Tensor found = empty(own.shape, ScalarType.Float32);
            call.Run((workspace, items) => workspace.Run(
                items.Ranges, new FeatureMapForward(items, TensorMemory.Pointer(own), TensorMemory.Pointer(map), TensorMemory.Pointer(found))));
            return found;
        }

        public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using IDisposable inference = no_grad();
            var call = (Call)ctx.get_data(Name);
            using Tensor gradient = grad_output.contiguous();
            Tensor map = zeros([call.Sizes.Features, call.Sizes.Width], ScalarType.Float32);
            Tensor own = empty(gradient.shape, ScalarType.Float32);
            float* rows = TensorMemory.Pointer(gradient);
            fixed (bool* learns = call.Inputs.Learns)
            {
                bool* kept = learns;
                call.Run((workspace, items) =>
                {
                    workspace.Run(FeatureMapBackward.Tasks, new FeatureMapBackward(items, rows, TensorMemory.Pointer(map), kept));
                    workspace.Run(items.Ranges, new GateBackward(items, rows, TensorMemory.Pointer(own)));
                });
            }

            return [own, map, null!];
        }
    }
}
