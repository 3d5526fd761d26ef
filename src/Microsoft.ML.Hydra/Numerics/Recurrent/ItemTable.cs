namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The item vectors as a product reads them: <c>score = h · e</c>, or, with a temperature τ,
/// <c>score = h · e / (|h| |e| τ)</c>. Immutable.
/// </summary>
internal sealed unsafe class ItemTable : IDisposable
{
    // Shorter vectors are divided by this instead of their length.
    private const double LeastLength = 1e-12;

    private readonly Arena _memory = new();
    private readonly ModelConfiguration _sizes;
    private readonly float* _trained;         // [items + 1, d]
    private readonly PackedMatrix _vectors;   // [d, items + 1]

    /// <param name="sizes">Sizes.</param>
    /// <param name="weights">Has the item vectors; they must stay in place as long as this is used.</param>
    /// <param name="workspace">Its instruction set is the one to read them with.</param>
    public ItemTable(ModelConfiguration sizes, EncoderWeights weights, Workspace workspace)
    {
        _sizes = sizes;
        _trained = weights.Items;
        (int rows, int d) = (sizes.NumberOfItems + 1, sizes.Width);
        using var scratch = new Arena();
        float* vectors = weights.Items;
        if (sizes.Temperature is not null)
        {
            vectors = scratch.Floats((long)rows * d);
            for (nint row = 0; row < rows; row++)
            {
                Normalize(weights.Items + (row * d), d, 1, vectors + (row * d));
            }
        }

        _vectors = new PackedMatrix(d, rows, new(vectors, 1, d), _memory.Floats(PackedMatrix.Length(d, rows)));
        workspace.Run(1, new Packing(_vectors));
    }

    /// <summary>Scores the catalogue, or one item of it.</summary>
    /// <param name="rows">Sequence vectors.</param>
    /// <param name="hidden">The vectors, <c>[rows, d]</c>.</param>
    /// <param name="item">Row of the one item to score, or 0 for the catalogue.</param>
    /// <param name="scores">Receives <c>[rows]</c>, or <c>[rows, items + 1]</c>, where column 0 is the padding row.</param>
    /// <param name="workspace">Scratch memory.</param>
    public void Score(int rows, float* hidden, int item, float* scores, Workspace workspace)
    {
        if (item == 0)
        {
            workspace.Run(1, new Product(_sizes, _vectors, rows, hidden, scores));
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            scores[row] = ScoreItem(hidden + ((nint)row * _sizes.Width), _trained + ((nint)item * _sizes.Width));
        }
    }

    /// <summary>Scores the catalogue after one sequence vector, <c>[d]</c>; allocates nothing.</summary>
    public void ScoreRow(float* hidden, float* scores, Workspace workspace) =>
        workspace.Run(1, new RowScores(_sizes, _vectors, hidden, scores));

    /// <summary>Cosines of the angles between the vector of one item and those of all, <c>[items + 1]</c>.</summary>
    public void Compare(int item, float* cosines, Workspace workspace) =>
        workspace.Run(1, new ItemCosines(_sizes.NumberOfItems + 1, _sizes.Width, _trained, item, cosines));

    public void Dispose() => _memory.Dispose();

    private float ScoreItem(float* hidden, float* vector)
    {
        (double product, double hiddenSquare, double square) = (0, 0, 0);
        for (int i = 0; i < _sizes.Width; i++)
        {
            product += (double)hidden[i] * vector[i];
            hiddenSquare += (double)hidden[i] * hidden[i];
            square += (double)vector[i] * vector[i];
        }

        return (float)(_sizes.Temperature is double temperature
            ? product / Math.Max(Math.Sqrt(hiddenSquare), LeastLength) / Math.Max(Math.Sqrt(square), LeastLength) / temperature
            : product);
    }

    private static void Normalize(float* vector, int width, double scale, float* target)
    {
        double squares = 0;
        for (int i = 0; i < width; i++)
        {
            squares += (double)vector[i] * vector[i];
        }

        float factor = (float)(scale / Math.Max(Math.Sqrt(squares), LeastLength));
        for (int i = 0; i < width; i++)
        {
            target[i] = factor * vector[i];
        }
    }

    // The vectors as they enter the product
    private static float* Queries(ModelConfiguration sizes, int rows, float* hidden, Arena arena)
    {
        if (sizes.Temperature is not double temperature)
        {
            return hidden;
        }

        int d = sizes.Width;
        float* queries = arena.Floats((long)rows * d);
        for (nint row = 0; row < rows; row++)
        {
            Normalize(hidden + (row * d), d, 1 / temperature, queries + (row * d));
        }

        return queries;
    }

    private readonly struct Packing(PackedMatrix matrix) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
            => matrix.Pack<TSimd, TVector>();
    }

    private readonly struct Product(ModelConfiguration sizes, PackedMatrix vectors, int rows, float* hidden, float* scores) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float* queries = Queries(sizes, rows, hidden, arena);
            vectors.Multiply<TSimd, TVector>(rows, queries, sizes.Width, scores, sizes.NumberOfItems + 1, false, arena);
        }
    }

    private readonly struct RowScores(ModelConfiguration sizes, PackedMatrix vectors, float* hidden, float* scores) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            int count = sizes.NumberOfItems + 1;
            float* padded = arena.Floats(PackedMatrix.PaddedWidth(count));
            vectors.MultiplyRow<TSimd, TVector>(Queries(sizes, 1, hidden, arena), padded);
            new ReadOnlySpan<float>(padded, count).CopyTo(new(scores, count));
        }
    }
}
