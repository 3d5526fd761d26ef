namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The matrices of all layers in packed form, as products read them. After packing, any number of encoders may read them at once.</summary>
internal sealed class PackedWeights(ModelSizes sizes) : IDisposable
{
    private readonly Arena _memory = new();

    /// <summary>The layers, first to last.</summary>
    public PackedLayer[] Layers { get; private set; } = [];

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => _memory.Capacity;

    /// <summary>Packs the weights as they are now.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="trains">Whether backward passes follow.</param>
    /// <param name="workspace">Packs for its instruction set; products must use the same one.</param>
    public void Pack(EncoderWeights weights, bool trains, Workspace workspace)
    {
        _memory.Reset();
        Layers = [.. weights.Layers.Select(layer => new PackedLayer(sizes, layer, trains, _memory))];
        PackedMatrix[] all = [.. Layers.SelectMany(layer => layer.All)];
        workspace.Run(all.Length, new Packing(all));
    }

    public void Dispose() => _memory.Dispose();

    private readonly struct Packing(PackedMatrix[] matrices) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => matrices[task].Pack<TSimd, TVector>();
    }
}

/// <summary>The packed matrices of one layer: for <c>y = x W^T</c> and, in training, for <c>dx = dy W</c>.</summary>
internal sealed unsafe class PackedLayer
{
    private readonly List<PackedMatrix> _all = [];
    private readonly Arena _memory;

    /// <param name="sizes">Sizes.</param>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="trains">Whether a backward pass follows.</param>
    /// <param name="memory">Holds the packed matrices.</param>
    public PackedLayer(ModelSizes sizes, LayerWeights weights, bool trains, Arena memory)
    {
        _memory = memory;
        (int d, int latent, int f) = (sizes.Width, sizes.LatentHeadsWidth, sizes.FeedForwardWidth);
        X = Forward(weights.X, latent, d);
        Z = sizes.ItemGate ? Forward(weights.Z, latent, d) : default;
        Projection = Heads(sizes, head => Backward(Head(weights.Projection, head, sizes.LatentWidth, sizes.ProjectedWidth), sizes.LatentWidth, sizes.ProjectedWidth));
        HeadOutput = Heads(sizes, head => Backward(Head(weights.HeadOutput, head, sizes.InnerWidth, sizes.LatentWidth), sizes.InnerWidth, sizes.LatentWidth));
        Output = Forward(weights.Output, d, latent);
        GateUp = Forward(weights.GateUp, 2 * f, d);
        Down = Forward(weights.Down, d, f);
        if (trains)
        {
            XGradient = Backward(weights.X, latent, d);
            ZGradient = sizes.ItemGate ? Backward(weights.Z, latent, d) : default;
            ProjectionGradient = Heads(sizes, head => Forward(Head(weights.Projection, head, sizes.LatentWidth, sizes.ProjectedWidth), sizes.LatentWidth, sizes.ProjectedWidth));
            HeadOutputGradient = Heads(sizes, head => Forward(Head(weights.HeadOutput, head, sizes.InnerWidth, sizes.LatentWidth), sizes.InnerWidth, sizes.LatentWidth));
            OutputGradient = Backward(weights.Output, d, latent);
            GateUpGradient = Backward(weights.GateUp, 2 * f, d);
            DownGradient = Backward(weights.Down, d, f);
        }
    }

    public PackedMatrix X { get; }

    public PackedMatrix Z { get; }

    /// <summary>W_in of each head.</summary>
    public PackedMatrix[] Projection { get; }

    /// <summary>W_out of each head.</summary>
    public PackedMatrix[] HeadOutput { get; }

    public PackedMatrix Output { get; }

    public PackedMatrix GateUp { get; }

    public PackedMatrix Down { get; }

    public PackedMatrix XGradient { get; }

    public PackedMatrix ZGradient { get; }

    public PackedMatrix[] ProjectionGradient { get; } = [];

    public PackedMatrix[] HeadOutputGradient { get; } = [];

    public PackedMatrix OutputGradient { get; }

    public PackedMatrix GateUpGradient { get; }

    public PackedMatrix DownGradient { get; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<PackedMatrix> All => _all;

    private static PackedMatrix[] Heads(ModelSizes sizes, Func<int, PackedMatrix> pack) =>
        [.. Enumerable.Range(0, sizes.LatentHeads).Select(pack)];

    // [rows, columns] of one head
    private static float* Head(float* weights, int head, int rows, int columns) => weights + ((nint)head * rows * columns);

    // W^T of a W stored [rows, columns]
    private PackedMatrix Forward(float* w, int rows, int columns) => Add(columns, rows, new(w, 1, columns));

    // W itself
    private PackedMatrix Backward(float* w, int rows, int columns) => Add(rows, columns, new(w, columns, 1));

    private PackedMatrix Add(int k, int n, MatrixPointer source)
    {
        var matrix = new PackedMatrix(k, n, source, _memory.Floats(PackedMatrix.Length(k, n)));
        _all.Add(matrix);
        return matrix;
    }
}

/// <summary>A matrix of K × N with room for its packed form, in which a product reads it.</summary>
internal readonly unsafe struct PackedMatrix(int k, int n, MatrixPointer source, float* panels)
{
    private const int WidestTile = 32;

    /// <summary>Numbers of the packed form with any instruction set.</summary>
    public static long Length(int k, int n) => (long)PaddedWidth(n) * k;

    /// <summary>Most numbers that <see cref="MultiplyRow"/> writes for a matrix of N columns.</summary>
    public static int PaddedWidth(int n) => (n + WidestTile - 1) / WidestTile * WidestTile;

    /// <summary>Packs the matrix as it is now.</summary>
    public void Pack<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        => GemmBlocks<TSimd, TVector>.Pack(k, n, source, panels);

    /// <summary><c>c = a · this</c> for <paramref name="rows"/> rows of a, or <c>c += a · this</c>.</summary>
    public void Multiply<TSimd, TVector>(int rows, float* a, nint aRow, float* c, nint cRow, bool adds, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        ArenaMark mark = arena.Mark();
        GemmBlocks<TSimd, TVector>.MultiplyPacked(new(rows, n, k), new(a, aRow, 1), panels, new(c, cRow), adds, arena);
        arena.Release(mark);
    }

    /// <summary><c>y = x · this</c> for one row; up to <see cref="PaddedWidth"/> numbers of y are written.</summary>
    public void MultiplyRow<TSimd, TVector>(float* x, float* y)
        where TSimd : struct, ISimd<TVector>
        => RowProduct<TSimd, TVector>.Run(k, n, x, panels, y);
}
