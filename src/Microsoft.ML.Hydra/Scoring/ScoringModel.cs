using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Scores the whole catalogue after each of several histories. Safe to call from many threads.
/// </summary>
/// <param name="items">Item rows of all histories, one after another, oldest event first.</param>
/// <param name="times">Features of the events' times, <c>[events, K]</c>; empty where none are read.</param>
/// <param name="offsets">History <c>i</c> is <c>items[offsets[i] .. offsets[i + 1])</c>; never empty.</param>
/// <param name="scores">
/// Receives row-major <c>[histories × (NumberOfItems + 1)]</c> scores; column 0 is the padding row and is ignored.
/// </param>
internal delegate void BatchScorer(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores);

/// <summary>The scorers of a model, one for each domain or one for all.</summary>
/// <param name="of">Gives the scorer of a domain.</param>
internal readonly struct DomainScorers(Func<int, BatchScorer> of)
{
    /// <summary>The scorer of a domain.</summary>
    public BatchScorer this[int domain] => of(domain);

    public static implicit operator DomainScorers(BatchScorer scorer) => new(_ => scorer);
}

/// <summary>The columns of the input that a model reads.</summary>
/// <param name="Items">The vector column with the history.</param>
/// <param name="Label">The column with the item that came next; the input need not have it.</param>
/// <param name="Timestamps">The vector column with the times of the history; null where none are read.</param>
internal sealed record InputColumns(string Items, string Label, string? Timestamps = null);

/// <summary>Everything that is fixed at fit and needed to recommend. Immutable and safe for many threads, as its scorer is.</summary>
internal sealed class ScoringModel
{
    private readonly float[] _popularityScores;
    private readonly int[] _trainingEvents;

    /// <param name="vocabulary">The items.</param>
    /// <param name="itemCounts">How often each row occurred in training; <c>[NumberOfItems + 1]</c>, index 0 ignored.</param>
    /// <param name="scorer">Scores the catalogue after histories.</param>
    /// <param name="columns">The columns of the input; with a clock, those of the times too.</param>
    /// <param name="clock">Converts the times of events to features; null where none are read.</param>
    public ScoringModel(ItemVocabulary vocabulary, ReadOnlySpan<int> itemCounts, BatchScorer scorer, InputColumns columns, EventClock? clock = null)
    {
        if (vocabulary.Count == 0)
        {
            throw new ArgumentException("The vocabulary is empty; a model needs at least one item.", nameof(vocabulary));
        }

        if (itemCounts.Length != vocabulary.Count + 1)
        {
            throw new ArgumentException(
                $"There are {itemCounts.Length} item counts; expected {vocabulary.Count + 1}, one for each item and the padding row.", nameof(itemCounts));
        }

        (Vocabulary, Scorer, Columns, Clock) = (vocabulary, scorer, columns, clock);
        _popularityScores = new float[itemCounts.Length];
        _trainingEvents = itemCounts[1..].ToArray();
        long total = _trainingEvents.Sum(count => (long)count);

        for (int row = 1; row < itemCounts.Length; row++)
        {
            _popularityScores[row] = (float)Math.Log((itemCounts[row] + 1.0) / (total + (double)vocabulary.Count));
        }
    }

    private ScoringModel(ScoringModel other, BatchScorer scorer)
    {
        (Vocabulary, Scorer, Columns, Clock) = (other.Vocabulary, scorer, other.Columns, other.Clock);
        (_popularityScores, _trainingEvents) = (other._popularityScores, other._trainingEvents);
    }

    public ItemVocabulary Vocabulary { get; }

    public BatchScorer Scorer { get; }

    public InputColumns Columns { get; }

    /// <summary>Converts the times of events to features; null where none are read.</summary>
    public EventClock? Clock { get; }

    /// <summary>A reader of histories, with their times where there is a column of them.</summary>
    public HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column items, DataViewSchema.Column? times)
    {
        HistoryReader reader = Vocabulary.CreateHistoryReader(row, items);
        return times is { } column ? TimedHistory.CreateReader(reader, row, items, column) : reader;
    }

    /// <summary>The same model with another scorer; shares the data.</summary>
    public ScoringModel WithScorer(BatchScorer scorer) => new(this, scorer);

    /// <summary>Size of the catalogue.</summary>
    public int NumberOfItems => Vocabulary.Count;

    /// <summary>
    /// Scores after an empty history, by row: the logarithm of an item's share of the training events with every count raised
    /// by one. Finite for items that never occurred.
    /// </summary>
    public ReadOnlySpan<float> PopularityScores => _popularityScores;

    /// <summary>Training events of each item, row 1 first.</summary>
    public ReadOnlySpan<int> TrainingEvents => _trainingEvents;
}

/// <summary>A model and what to recommend with it. Immutable; another plan shares the model.</summary>
internal sealed record RecommendationPlan
{
    public required ScoringModel Model { get; init; }

    public required CandidateFilter Filter { get; init; }

    /// <summary>What is recommended in each domain; null where every row is recommended the same items.</summary>
    public DomainPlans? Domains { get; init; }

    /// <summary>Most items in <c>PredictedItems</c>; at least 1.</summary>
    public int NumberOfRecommendations { get; init; } = 10;

    /// <summary>Whether the column <c>CatalogScores</c> is added.</summary>
    public bool IncludeCatalogScores { get; init; }

    /// <summary>Called on the scoring thread before each batch is scored; throws to stop.</summary>
    public Action? CheckCancelled { get; init; }

    /// <summary>
    /// Receives how many missing items and how many unknown items were skipped in all histories so far: after a view was read, and after each single
    /// row. Not called when there were none.
    /// </summary>
    public Action<long, long>? ItemsSkipped { get; init; }
}
