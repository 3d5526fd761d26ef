using System.Collections;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Tests.Scoring;

/// <summary>Small models over the fake scorer, and rows to try them with.</summary>
internal static class Shop
{
    public static readonly MLContext ML = new(seed: 1);

    /// <summary>A model for the items of a view, in order of appearance.</summary>
    public static ScoringModel Train(IDataView view, out FakeScorer scorer)
    {
        SequenceData encoded = SequenceReader.Read(view, "Items");
        int numberOfItems = encoded.Vocabulary.Count;
        var counts = new int[numberOfItems + 1];
        for (int s = 0; s < encoded.Dataset.Count; s++)
        {
            foreach (int row in encoded.Dataset[s])
            {
                counts[row]++;
            }
        }

        scorer = new FakeScorer(numberOfItems);
        return new ScoringModel(encoded.Vocabulary, counts, scorer.Score, new InputColumns("Items", "NextItem"));
    }

    public static RecommendationPlan Plan(
        ScoringModel model, int k = 10, bool excludeSeen = true, IEnumerable? allowed = null, IEnumerable? denied = null) => new()
        {
            Model = model,
            Filter = CandidateFilter.Create(model.Vocabulary, excludeSeen, allowed, denied),
            NumberOfRecommendations = k,
        };

    /// <summary>Integer sequences over items 101 .. 100 + numberOfItems, the same for the same seed; some are empty.</summary>
    public static NumberRow[] Rows(int count, int numberOfItems, int seed = 7)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new NumberRow
        {
            User = i,
            Items = [.. Enumerable.Range(0, random.Next(0, 9)).Select(_ => 101 + random.Next(numberOfItems))],
            NextItem = 101 + random.Next(numberOfItems + 3),
        })];
    }

    /// <summary>A row with every item once, so that item 100 + r has row r.</summary>
    public static IDataView AllItems(int numberOfItems) => View(new NumberRow { Items = [.. Enumerable.Range(101, numberOfItems)] });

    public static IDataView View<T>(params T[] rows) where T : class => ML.Data.LoadFromEnumerable(rows);

    /// <summary>The expected result for a row, computed in the simplest way.</summary>
    public static (int[] Items, float[] Scores, int LabelRank) Expect(
        NumberRow row, ScoringModel model, int k, bool excludeSeen = true, Func<int, bool>? allows = null)
    {
        int n = model.NumberOfItems;
        int[] history = [.. row.Items.Select(item => item - 100).Where(r => r >= 1 && r <= n)];
        float[] scores = history.Length == 0 ? model.PopularityScores.ToArray() : FakeScorer.After(history, n);
        int[] order = [.. Enumerable.Range(1, n)
            .Where(r => (!excludeSeen || !history.Contains(r)) && (allows is null || allows(r + 100)))
            .OrderByDescending(r => scores[r]).ThenBy(r => r)];
        return ([.. order.Take(k).Select(r => r + 100)], [.. order.Take(k).Select(r => scores[r])], Array.IndexOf(order, row.NextItem - 100) + 1);
    }

    public sealed class NumberRow
    {
        public int User { get; set; }

        public int[] Items { get; set; } = [];

        public int NextItem { get; set; }
    }

    public sealed class NumberPrediction
    {
        public int User { get; set; }

        public int[] PredictedItems { get; set; } = [];

        public float[] Score { get; set; } = [];

        public int LabelRank { get; set; }
    }

    public sealed class Names
    {
        public string[] Items { get; set; } = [];

        public string NextItem { get; set; } = "";
    }

    public sealed class NamePrediction
    {
        public string[] PredictedItems { get; set; } = [];

        public float[] Score { get; set; } = [];

        public int LabelRank { get; set; }
    }
}
