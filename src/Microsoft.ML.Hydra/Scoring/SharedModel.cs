namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// A loaded model that several owners share: transformers, prediction engines, cursors. Each owner holds a
/// <see cref="Lease"/>; the model is freed after the last lease is released, and never during a prediction.
/// </summary>
/// <param name="load">Makes the model at first use.</param>
/// <param name="identity">What a stored state says of the model.</param>
internal sealed class SharedModel(Func<CatalogScorer> load, ModelIdentity identity)
{
    private readonly Lock _lock = new();
    private CatalogScorer? _loaded;
    private int _references;

    /// <summary>What a stored state says of the model.</summary>
    public ModelIdentity Identity => identity;

    /// <summary>A lease for a new owner.</summary>
    public Lease Acquire()
    {
        lock (_lock)
        {
            _references++;
        }

        return new Lease(this);
    }

    private CatalogScorer Enter()
    {
        lock (_lock)
        {
            _references++;
            try
            {
                return _loaded ??= load();
            }
            catch
            {
                _references--;
                throw;
            }
        }
    }

    private void Leave()
    {
        CatalogScorer? freed = null;
        lock (_lock)
        {
            if (--_references == 0)
            {
                (freed, _loaded) = (_loaded, null);
            }
        }

        freed?.Dispose();
    }

    /// <summary>The lease of one owner. Where the owner does not dispose it, it is released when it is collected.</summary>
    internal sealed class Lease(SharedModel model) : IDisposable
    {
        private int _released;

        ~Lease() => Release();

        /// <summary>The model.</summary>
        public SharedModel Model => model;

        /// <summary>Scores as <see cref="BatchScorer"/> says.</summary>
        /// <exception cref="ObjectDisposedException">The lease was released.</exception>
        public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores)
        {
            using Use use = Enter();
            use.Scorer.Score(items, times, offsets, scores);
        }

        /// <summary>Keeps the model alive while it is used.</summary>
        /// <exception cref="ObjectDisposedException">The lease was released.</exception>
        public Use Enter()
        {
            return Volatile.Read(ref _released) == 0
                ? new Use(this, model.Enter())
                : throw new ObjectDisposedException(null, "The user's state, or the model, was disposed; make a new one.");
        }

        public void Dispose()
        {
            Release();
            GC.SuppressFinalize(this);
        }

        private void Release()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                model.Leave();
            }
        }
    }

    /// <summary>A use of the model, from <see cref="Lease.Enter"/> to its disposal.</summary>
    internal readonly ref struct Use(Lease lease, CatalogScorer scorer)
    {
        /// <summary>The model.</summary>
        public CatalogScorer Scorer => scorer;

        public void Dispose()
        {
            lease.Model.Leave();
            GC.KeepAlive(lease);
        }
    }
}

/// <summary>
/// What a stored state says of the model that it was made with, so that another model is recognised: the encoder, which must be the same, and the
/// first items of the catalogue, to which others may have been appended since. Each is SHA-256, computed at first use; safe for many threads.
/// </summary>
internal abstract class ModelIdentity
{
    /// <summary>Items of the catalogue.</summary>
    public abstract int NumberOfItems { get; }

    /// <summary>Of everything that the state of a user depends on, except the items: weights, sizes, switches, clock.</summary>
    public abstract ReadOnlySpan<byte> Encoder { get; }

    /// <summary>Of everything together, as states of version 2 store it.</summary>
    public abstract ReadOnlySpan<byte> Whole { get; }

    /// <summary>Of the ids and vectors of the first items: the version of the catalogue that had so many.</summary>
    /// <param name="numberOfItems">How many items, 0 to <see cref="NumberOfItems"/>.</param>
    public abstract ReadOnlySpan<byte> Catalog(int numberOfItems);
}
