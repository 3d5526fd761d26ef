using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>What of a catalogue was recommended, and how popular it is.</summary>
internal sealed class RecommendationTally(RecommendationCatalog catalog)
{
    private readonly bool[] _recommended = new bool[catalog.NumberOfItems + 1];
    private int _numberOfDistinctItems;
    private long _numberOfRecommendations;
    private double _popularity;

    /// <summary>Share of the catalogue that was recommended at least once.</summary>
    public double CatalogCoverage => _numberOfDistinctItems / (double)catalog.NumberOfItems;

    /// <summary>Mean share of training events of the items recommended; NaN when nothing was.</summary>
    public double MeanPopularity => _numberOfRecommendations == 0 ? double.NaN : _popularity / _numberOfRecommendations;

    /// <summary>Adds one row's recommendations, each in <c>1 .. NumberOfItems</c>.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        foreach (int row in rows)
        {
            _numberOfDistinctItems += _recommended[row] ? 0 : 1;
            _recommended[row] = true;
            _popularity += catalog.Popularity[row - 1];
        }

        _numberOfRecommendations += rows.Length;
    }
}
