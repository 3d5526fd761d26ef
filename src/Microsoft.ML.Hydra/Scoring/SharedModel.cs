namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// A loaded model that several owners share: transformers, prediction engines, cursors. Each owner holds a
/// <see cref="Lease"/>; the model is freed when the last one is gone, and never during a prediction.
/// </summary>
/// <param name="load">Makes the model at first use.</param>
internal sealed class SharedModel(Func<SharedModel.Loaded> load)
{
    private readonly Lock _lock = new();
    private Loaded? _loaded;
    private int _references;

    /// <summary>A scorer and what to free with it.</summary>
    internal sealed record Loaded(BatchScorer Score, IDisposable Resources);

    /// <summary>A new owner's claim on the model.</summary>
    public Lease Acquire()
    {
        lock (_lock)
        {
            _references++;
        }

        return new Lease(this);
    }

    private BatchScorer Enter()
    {
        lock (_lock)
        {
            _references++;
            try
            {
                return (_loaded ??= load()).Score;
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
        Loaded? freed = null;
        lock (_lock)
        {
            if (--_references == 0)
            {
                (freed, _loaded) = (_loaded, null);
            }
        }

        freed?.Resources.Dispose();
    }

    /// <summary>One owner's claim. An owner that is forgotten without being disposed gives it back when it is collected.</summary>
    internal sealed class Lease(SharedModel model) : IDisposable
    {
        private int _released;

        ~Lease() => Release();

        /// <summary>The model behind the claim.</summary>
        public SharedModel Model => model;

        /// <summary>Scores as <see cref="BatchScorer"/> says.</summary>
        /// <exception cref="ObjectDisposedException">The claim was given back.</exception>
        public void Score(ReadOnlySpan<int> items, ReadOnlySpan<int> offsets, Span<float> scores)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _released) != 0, this);
            BatchScorer score = model.Enter();
            try
            {
                score(items, offsets, scores);
            }
            finally
            {
                model.Leave();
                GC.KeepAlive(this);
            }
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
}
