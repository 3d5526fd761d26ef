namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The weights of a trained model in the forms that scoring reads. Made once and never changed: any number of threads share it.
/// </summary>
internal sealed unsafe class ScoringWeights : IDisposable
{
    private readonly PackedWeights _packed;
    private readonly Arena _memory = new();
    private readonly float* _rates;   // [L, v, H]

    /// <param name="sizes">Sizes.</param>
    /// <param name="weights">The weights; they must stay in place as long as this is used.</param>
    /// <param name="instructions">Instruction set to use, which this processor must support; <see langword="null"/> for the widest.</param>
    public ScoringWeights(ModelSizes sizes, EncoderWeights weights, InstructionSet? instructions = null)
    {
        (Sizes, StateShape, Weights, Instructions) = (sizes, new StateShape(sizes), weights, instructions ?? InstructionSets.Best);
        using Workspace workspace = NewWorkspace();
        _packed = new PackedWeights(sizes);
        _packed.Pack(weights, trains: false, workspace);
        Items = new ItemTable(sizes, weights, Instructions);
        int heads = sizes.LatentHeads * sizes.InnerHeads;
        _rates = _memory.Floats((long)sizes.Layers * heads);
        for (int i = 0; i < sizes.Layers * heads; i++)
        {
            _rates[i] = -MathF.Exp(weights.Layers[i / heads].LogRates[i % heads]);
        }
    }

    /// <summary>Sizes of the model.</summary>
    public ModelSizes Sizes { get; }

    /// <summary>How states of sequences are laid out in memory.</summary>
    public StateShape StateShape { get; }

    /// <summary>The weights as they were trained.</summary>
    public EncoderWeights Weights { get; }

    /// <summary>The instruction set in use.</summary>
    public InstructionSet Instructions { get; }

    /// <summary>The matrices of the layers, first to last.</summary>
    public PackedLayer[] Layers => _packed.Layers;

    /// <summary>The catalogue.</summary>
    public ItemTable Items { get; }

    /// <summary>A of a layer's scans, <c>[v, H]</c>.</summary>
    public float* Rates(int layer) => _rates + ((nint)layer * Sizes.LatentHeads * Sizes.InnerHeads);

    /// <summary>A new workspace of one thread that can read these weights.</summary>
    public Workspace NewWorkspace() => new(1, Instructions);

    public void Dispose()
    {
        _packed.Dispose();
        Items.Dispose();
        _memory.Dispose();
    }
}

/// <summary>
/// The item vectors as scoring reads them: <c>score = h · e</c>, or, with a temperature τ,
/// <c>score = h · e / (|h| |e| τ)</c>. Each form is made when it is first needed. Immutable and safe for many threads.
/// </summary>
internal sealed unsafe class ItemTable : IDisposable
{
    // Shorter vectors are divided by this instead of their length.
    private const double LeastLength = 1e-12;

    private readonly Arena _memory = new();
    private readonly ModelSizes _sizes;
    private readonly InstructionSet _instructions;
    private readonly float* _trained;                  // [items + 1, d]
    private readonly Lazy<CatalogTable> _catalog;      // for the best items after one sequence
    private readonly Lazy<PackedMatrix> _packed;       // [d, items + 1], for all scores after many

    /// <param name="sizes">Sizes.</param>
    /// <param name="weights">The weights, which hold the item vectors; they must stay in place as long as this is used.</param>
    /// <param name="instructions">Instruction set to read them with.</param>
    public ItemTable(ModelSizes sizes, EncoderWeights weights, InstructionSet instructions)
    {
        (_sizes, _instructions) = (sizes, instructions);
        _trained = weights.Items;
        _catalog = new Lazy<CatalogTable>(NewCatalog);
        _packed = new Lazy<PackedMatrix>(Pack);
    }

    private int Rows => _sizes.NumberOfItems + 1;

    /// <summary>Scores the catalogue.</summary>
    /// <param name="rows">Sequence vectors.</param>
    /// <param name="hidden">The vectors, <c>[rows, d]</c>.</param>
    /// <param name="scores">Receives <c>[rows, items + 1]</c>; column 0 is the padding row.</param>
    /// <param name="workspace">Scratch memory.</param>
    public void Score(int rows, float* hidden, float* scores, Workspace workspace) =>
        workspace.Run(1, new Product(_sizes, _packed.Value, rows, hidden, scores));

    /// <summary>Scores some items after one sequence.</summary>
    /// <param name="hidden">Its vector, <c>[d]</c>.</param>
    /// <param name="items">Rows of the items; 0 for none.</param>
    /// <param name="scores">Receives a score for each, NaN for row 0.</param>
    public void Score(ReadOnlySpan<float> hidden, ReadOnlySpan<int> items, Span<float> scores)
    {
        Span<float> query = stackalloc float[_sizes.Width];
        FindQuery(hidden, query);
        CatalogTable catalog = _catalog.Value;
        fixed (float* q = query)
        {
            catalog.Score(items, q, scores);
        }

        for (int i = 0; i < items.Length; i++)
        {
            scores[i] = items[i] == 0 ? float.NaN : scores[i];
        }

        GC.KeepAlive(catalog);
    }

    /// <summary>Finds the best items after one sequence, best first; allocates nothing once the table is made.</summary>
    /// <param name="hidden">Its vector, <c>[d]</c>.</param>
    /// <param name="candidates">Which items may be among them.</param>
    /// <param name="isCandidate">Refuses further items, or <see langword="null"/>.</param>
    /// <param name="rows">Receives their rows, as many as it is long; at most one for each item.</param>
    /// <param name="scores">Receives their scores; as long.</param>
    /// <param name="workspace">Scratch memory.</param>
    /// <returns>How many there are.</returns>
    public int FindBest(
        ReadOnlySpan<float> hidden, CandidateMask candidates, Func<int, bool>? isCandidate, Span<int> rows, Span<float> scores, Workspace workspace)
    {
        Span<float> query = stackalloc float[_sizes.Width];
        FindQuery(hidden, query);
        return CatalogTopK.Run(_catalog.Value, query, candidates, isCandidate, rows, scores, workspace);
    }

    /// <summary>Cosines of the angles between the vector of one item and the vectors of all items, <c>[items + 1]</c>.</summary>
    public void Compare(int item, float* cosines, Workspace workspace) =>
        workspace.Run(1, new Cosines(Rows, _sizes.Width, _trained, item, cosines));

    public void Dispose() => _memory.Dispose();

    private CatalogTable NewCatalog()
    {
        using var scratch = new Arena();
        return new CatalogTable(new(new(Vectors(scratch), checked(Rows * _sizes.Width)), _sizes.Width), Rows, _sizes.Width, CatalogPrecision.Int8);
    }

    private PackedMatrix Pack()
    {
        using var scratch = new Arena();
        using var workspace = new Workspace(1, _instructions);
        int d = _sizes.Width;
        var packed = new PackedMatrix(d, Rows, new(Vectors(scratch), 1, d), _memory.Floats(PackedMatrix.Length(d, Rows)));
        workspace.Run(1, new Packing(packed));
        return packed;
    }

    // The item vectors as they enter the product
    private float* Vectors(Arena scratch)
    {
        if (_sizes.Temperature is null)
        {
            return _trained;
        }

        int d = _sizes.Width;
        float* vectors = scratch.Floats((long)Rows * d);
        for (nint row = 0; row < Rows; row++)
        {
            Normalize(new(_trained + (row * d), d), 1, new(vectors + (row * d), d));
        }

        return vectors;
    }

    // A sequence vector as it enters the product
    private void FindQuery(ReadOnlySpan<float> hidden, Span<float> query)
    {
        if (_sizes.Temperature is double temperature)
        {
            Normalize(hidden, 1 / temperature, query);
        }
        else
        {
            hidden.CopyTo(query);
        }
    }

    private static void Normalize(ReadOnlySpan<float> vector, double scale, Span<float> target)
    {
        double squares = 0;
        foreach (float value in vector)
        {
            squares += (double)value * value;
        }

        float factor = (float)(scale / Math.Max(Math.Sqrt(squares), LeastLength));
        for (int i = 0; i < vector.Length; i++)
        {
            target[i] = factor * vector[i];
        }
    }

    private readonly struct Packing(PackedMatrix matrix) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => matrix.Pack<TSimd, TVector>();
    }

    private readonly struct Product(ModelSizes sizes, PackedMatrix vectors, int rows, float* hidden, float* scores) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int d = sizes.Width;
            float* queries = hidden;
            if (sizes.Temperature is double temperature)
            {
                queries = arena.Floats((long)rows * d);
                for (nint row = 0; row < rows; row++)
                {
                    Normalize(new(hidden + (row * d), d), 1 / temperature, new(queries + (row * d), d));
                }
            }

            vectors.Multiply<TSimd, TVector>(rows, queries, d, scores, sizes.NumberOfItems + 1, false, arena);
        }
    }

    /// <summary>The cosine of the angle between one item's vector and each of the catalogue: <c>e · e_i / (|e| |e_i|)</c>, 0 where a vector is 0.</summary>
    /// <param name="rows">Item vectors.</param>
    /// <param name="width">d.</param>
    /// <param name="vectors">The vectors, <c>[rows, d]</c>.</param>
    /// <param name="row">The one item.</param>
    /// <param name="cosines">Receives <c>[rows]</c>.</param>
    private readonly struct Cosines(int rows, int width, float* vectors, int row, float* cosines) : IWork
    {
        private const float LeastSquare = 1e-24f;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            float* query = vectors + ((nint)row * width), vector = vectors;
            float* lengths = arena.Floats(rows);
            for (nint i = 0; i < rows; i++, vector += width)
            {
                TVector product = TSimd.Zero, square = TSimd.Zero;
                for (int j = 0; j < width; j += TSimd.Lanes)
                {
                    TVector value = VectorMath<TSimd, TVector>.Load(vector + j, width - j);
                    product = TSimd.MultiplyAdd(VectorMath<TSimd, TVector>.Load(query + j, width - j), value, product);
                    square = TSimd.MultiplyAdd(value, value, square);
                }

                cosines[i] = TSimd.Sum(product);
                lengths[i] = MathF.Sqrt(MathF.Max(TSimd.Sum(square), LeastSquare));
            }

            for (nint i = 0; i < rows; i++)
            {
                cosines[i] /= lengths[i] * lengths[row];
            }
        }
    }
}
