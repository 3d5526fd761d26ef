using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Several histories and, after <see cref="Score"/>, what is recommended after each: every history in the batch of its domain. One owner, one thread; memory
/// is reused.
/// </summary>
internal sealed class RoutedHistories
{
    private readonly RecommendationPlan _plan;
    private readonly DataViewRow _row;
    private readonly HistoryReader _readHistory;
    private readonly LabelReader? _readLabel;
    private readonly DomainReader? _readDomain;
    private readonly (HistoryBatch Batch, CurrentRecommendation Recommendation)?[] _batches;    // of each domain, made at its first history
    private readonly List<(int Batch, int Place)> _places = [];

    /// <param name="schema">The columns of the input.</param>
    /// <param name="row">A row or cursor of the input, with the columns that histories are scored from.</param>
    /// <param name="active">Which columns of the schema's output are active.</param>
    public RoutedHistories(RecommendationSchema schema, DataViewRow row, bool[] active)
    {
        (_plan, _row) = (schema.Plan, row);
        _readHistory = _plan.Model.CreateHistoryReader(row, schema.ItemsColumn, schema.TimestampsColumn);
        _readLabel = schema.NeedsLabel(active) ? _plan.Model.Vocabulary.CreateLabelReader(row, schema.LabelColumn!.Value) : null;
        _readDomain = schema.DomainColumn is { } domain ? DomainColumn.CreateReader(row, domain) : null;
        _batches = new (HistoryBatch, CurrentRecommendation)?[_plan.Domains?.Count ?? 1];
    }

    /// <summary>Number of histories.</summary>
    public int Count => _places.Count;

    /// <summary>Number of events over all histories.</summary>
    public int NumberOfEvents { get; private set; }

    /// <summary>Forgets all histories.</summary>
    public void Clear()
    {
        _places.Clear();
        NumberOfEvents = 0;
        foreach ((HistoryBatch batch, _) in _batches.OfType<(HistoryBatch, CurrentRecommendation)>())
        {
            batch.Clear();
        }
    }

    /// <summary>Adds the history of the current row.</summary>
    /// <exception cref="InvalidOperationException">Its domain is missing or not known.</exception>
    public void Add()
    {
        int domain = _readDomain is null ? 0 : _plan.Domains!.Find(_readDomain(), _row.Position);
        HistoryBatch batch = Of(domain).Batch;
        int before = batch.NumberOfEvents;
        batch.Add(_readHistory, _readLabel);
        NumberOfEvents += batch.NumberOfEvents - before;
        _places.Add((domain, batch.Count - 1));
    }

    /// <summary>Scores all histories added since <see cref="Clear"/>.</summary>
    public void Score()
    {
        foreach ((HistoryBatch batch, _) in _batches.OfType<(HistoryBatch, CurrentRecommendation)>())
        {
            batch.Score();
        }
    }

    /// <summary>What is recommended after a history.</summary>
    public CurrentRecommendation MoveTo(int history)
    {
        (int domain, int place) = _places[history];
        CurrentRecommendation recommendation = Of(domain).Recommendation;
        recommendation.MoveTo(place);
        return recommendation;
    }

    /// <summary>Reports the items skipped in all histories so far, including those before <see cref="Clear"/>, to the plan.</summary>
    public void ReportSkipped()
    {
        (long missing, long unknown) = (0, 0);
        foreach ((HistoryBatch batch, _) in _batches.OfType<(HistoryBatch, CurrentRecommendation)>())
        {
            (missing, unknown) = (missing + batch.NumberOfMissingItems, unknown + batch.NumberOfUnknownItems);
        }

        if (missing + unknown > 0)
        {
            _plan.ItemsSkipped?.Invoke(missing, unknown);
        }
    }

    private (HistoryBatch Batch, CurrentRecommendation Recommendation) Of(int domain)
    {
        if (_batches[domain] is { } made)
        {
            return made;
        }

        RecommendationPlan plan = _readDomain is null ? _plan : _plan.Domains!.Of(domain);
        var batch = new HistoryBatch(plan);
        (HistoryBatch, CurrentRecommendation) added = (batch, new CurrentRecommendation(plan, batch));
        _batches[domain] = added;
        return added;
    }
}
