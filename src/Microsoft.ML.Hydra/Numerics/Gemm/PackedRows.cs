namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Many vectors in the form in which a product with others reads them. Immutable and safe for many threads.</summary>
internal sealed unsafe class PackedRows
{
    private readonly AlignedMemory _memory;
    private readonly PackedMatrix _packed;   // [width, rows]

    /// <param name="vectors">The vectors, <c>[rows, width]</c>, which are copied.</param>
    /// <param name="rows">Number of vectors.</param>
    /// <param name="width">Width of a vector.</param>
    public PackedRows(ReadOnlySpan<float> vectors, int rows, int width)
    {
        new ReadOnlyRows(vectors, width).Check(rows, width, nameof(vectors));
        (Rows, Width) = (rows, width);
        _memory = new AlignedMemory(PackedMatrix.Length(width, rows) * sizeof(float));
        using var workspace = new Workspace(1);
        fixed (float* source = vectors)
        {
            _packed = new PackedMatrix(width, rows, new(source, 1, width), (float*)_memory.Start);
            workspace.Run(1, new Packing(_packed));
        }
    }

    /// <summary>Number of vectors.</summary>
    public int Rows { get; }

    /// <summary>Width of a vector.</summary>
    public int Width { get; }

    /// <summary>The products of other vectors with all of these.</summary>
    /// <param name="queries">The others, <c>[count, width]</c>.</param>
    /// <param name="products">Receives <c>[count, rows]</c>.</param>
    public void Multiply(ReadOnlySpan<float> queries, Span<float> products)
    {
        int count = queries.Length / Width;
        ((ReadOnlyRows)new Rows(products, Rows)).Check(count, Rows, nameof(products));
        using var workspace = new Workspace(1);
        fixed (float* a = queries, c = products)
        {
            workspace.Run(1, new Product(_packed, count, a, Width, c, Rows));
        }

        GC.KeepAlive(_memory);
    }

    private readonly struct Packing(PackedMatrix matrix) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => matrix.Pack<TSimd, TVector>();
    }

    private readonly struct Product(PackedMatrix matrix, int count, float* queries, int width, float* products, int rows) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => matrix.Multiply<TSimd, TVector>(count, queries, width, products, rows, adds: false, arena);
    }
}
