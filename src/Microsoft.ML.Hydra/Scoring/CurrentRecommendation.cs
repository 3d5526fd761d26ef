using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>What is recommended after one history of a scored batch; each part is computed when it is first asked for.</summary>
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

    /// <summary>Rank of the label among all candidates, from 1; 0 when it is missing, unknown or no candidate.</summary>
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

    /// <summary>Turns to another history of the batch, or to the same index of a batch scored anew.</summary>
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
