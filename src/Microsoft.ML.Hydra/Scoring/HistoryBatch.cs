using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Several histories and, after <see cref="Score"/>, the scores of the catalogue after each. One owner, one thread; memory is reused.
/// </summary>
internal sealed class HistoryBatch(RecommendationPlan plan)
{
    /// <summary>Most events in one call of the scorer, unless one history alone has more.</summary>
    public const int MaximumEventsPerCall = 65_536;

    private readonly ScoringModel _model = plan.Model;
    private readonly ItemRowBuffer _items = new();
    private readonly List<int> _ends = [];
    private readonly List<int> _labels = [];

    // Slot of each history in _scores, -1 when it is empty.
    private readonly List<int> _slots = [];
    private int[] _callOffsets = [];
    private float[] _times = [];   // features, [events, K], with a clock
    private float[] _scores = [];

    /// <summary>Number of histories.</summary>
    public int Count => _ends.Count;

    /// <summary>Number of events over all histories.</summary>
    public int NumberOfEvents => _items.Count;

    /// <summary>Missing items that were skipped in all histories so far, including those before <see cref="Clear"/>.</summary>
    public long NumberOfMissingItems => _items.NumberOfMissingItems;

    /// <summary>Unknown items that were skipped.</summary>
    public long NumberOfUnknownItems => _items.NumberOfUnknownItems;

    public void Clear()
    {
        _items.Clear();
        _ends.Clear();
        _labels.Clear();
    }

    /// <summary>Adds the history of the current row and, with a reader of labels, its label.</summary>
    public void Add(HistoryReader readHistory, LabelReader? readLabel)
    {
        int start = _items.Count;
        readHistory(_items);
        _model.Clock?.ReadHistory(_items.EventTimes, start, ref _times);
        _ends.Add(_items.Count);
        _labels.Add(readLabel?.Invoke() ?? 0);
    }

    /// <summary>Scores all histories added since <see cref="Clear"/>; empty ones get the popularity scores.</summary>
    public void Score()
    {
        int numberOfSlots = 0;
        _slots.Clear();
        for (int i = 0; i < Count; i++)
        {
            _slots.Add(History(i).IsEmpty ? -1 : numberOfSlots++);
        }

        int width = _model.NumberOfItems + 1;
        if (_scores.Length < (long)numberOfSlots * width)
        {
            _scores = new float[checked(numberOfSlots * width)];
        }

        int first = 0;
        while (first < Count)
        {
            first = ScoreCall(first, width);
        }
    }

    /// <summary>Item rows of a history.</summary>
    public ReadOnlySpan<int> History(int i) => _items.Rows[(i == 0 ? 0 : _ends[i - 1]).._ends[i]];

    /// <summary>Item row of a history's label, 0 when it has none.</summary>
    public int Label(int i) => _labels[i];

    /// <summary>Scores of the catalogue after a history, by row; index 0 has no meaning.</summary>
    public ReadOnlySpan<float> Scores(int i) => _slots[i] < 0
        ? _model.PopularityScores
        : _scores.AsSpan(_slots[i] * (_model.NumberOfItems + 1), _model.NumberOfItems + 1);

    /// <summary>Scores the histories from <paramref name="first"/> on that fit into one call; returns the first that did not fit.</summary>
    private int ScoreCall(int first, int width)
    {
        if (_callOffsets.Length <= Count)
        {
            _callOffsets = new int[Count + 1];
        }

        int start = first == 0 ? 0 : _ends[first - 1];
        int slot = -1;
        int histories = 0;
        int next = first;
        for (; next < Count; next++)
        {
            int end = _ends[next] - start;
            if (_slots[next] < 0)
            {
                continue;
            }

            if (histories > 0 && end > MaximumEventsPerCall)
            {
                break;
            }

            slot = histories == 0 ? _slots[next] : slot;
            _callOffsets[++histories] = end;
        }

        plan.CheckCancelled?.Invoke();
        if (histories > 0)
        {
            _model.Scorer(
                _items.Rows.Slice(start, _callOffsets[histories]),
                _model.Clock is null ? default : _times.AsSpan(start * EventClock.Features, _callOffsets[histories] * EventClock.Features),
                _callOffsets.AsSpan(0, histories + 1),
                _scores.AsSpan(slot * width, histories * width));
        }

        return next;
    }
}

/// <summary>The recommendation after one history of a scored batch; each part is computed when it is first read.</summary>
internal sealed class CurrentRecommendation(RecommendationPlan plan, HistoryBatch batch)
{
    private readonly int[] _rows = new int[Math.Min(plan.NumberOfRecommendations, plan.Model.NumberOfItems + 1)];
    private readonly float[] _scores = new float[Math.Min(plan.NumberOfRecommendations, plan.Model.NumberOfItems + 1)];
    private ulong[] _maskScratch = [];
    private int _history;
    private int _count = -1;
    private int _labelRank = -1;

    /// <summary>Item rows, best first.</summary>
    public ReadOnlySpan<int> Rows
    {
        get
        {
            Rank();
            return _rows.AsSpan(0, _count);
        }
    }

    /// <summary>Scores of <see cref="Rows"/>; −∞ where the scorer gave NaN.</summary>
    public ReadOnlySpan<float> Scores
    {
        get
        {
            Rank();
            return _scores.AsSpan(0, _count);
        }
    }

    /// <summary>Rank of the label among all candidates, from 1; 0 when it is missing, unknown or not a candidate.</summary>
    public int LabelRank
    {
        get
        {
            if (_labelRank < 0)
            {
                _labelRank = Ranking.RankOf(batch.Scores(_history), batch.Label(_history), ComposeMask());
            }

            return _labelRank;
        }
    }

    /// <summary>Score of every item, row 1 first.</summary>
    public ReadOnlySpan<float> CatalogScores => batch.Scores(_history)[1..];

    /// <summary>Moves to another history of the batch, or to the same index after the batch was scored again.</summary>
    public void MoveTo(int history)
    {
        _history = history;
        _count = -1;
        _labelRank = -1;
    }

    private void Rank()
    {
        if (_count < 0)
        {
            _count = Ranking.TopK(batch.Scores(_history), _rows.Length, ComposeMask(), _rows, _scores);
        }
    }

    private CandidateMask ComposeMask() =>
        plan.Filter.Compose(batch.History(_history), plan.Model.NumberOfItems, ref _maskScratch);
}
