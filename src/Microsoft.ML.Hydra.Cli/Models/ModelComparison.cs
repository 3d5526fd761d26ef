using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>
/// Measures a trained model and the baselines on one split, with and without the items of the history. The baselines
/// count the validation events of Hydra only where its prior counts them too.
/// </summary>
internal sealed class ModelComparison(
    MLContext mlContext,
    SequenceTrainTestData split,
    HydraSequenceRecommendationTrainer.Options options,
    CancellationToken cancellationToken)
{
    private readonly IDataView _counted = options.CountValidationEvents || options.Validation == SequenceValidation.None
        ? split.TrainSet
        : mlContext.SequenceRecommendation().SplitLeaveLastOut(split.TrainSet, options.ItemsColumnName).TrainSet;

    public IReadOnlyList<ComparedModel> Run(HydraSequenceRecommendationTransformer model)
    {
        List<KeyValuePair<string, ModelScores>> filtered = Measure(model, split.TestSet, excludeSeen: true);
        List<KeyValuePair<string, ModelScores>> unfiltered = Measure(model, split.TestSet, excludeSeen: false);
        return [.. filtered.Zip(unfiltered, (left, right) => new ComparedModel(left.Key, left.Value, right.Value))];
    }

    /// <summary>The same for each slice of the test set.</summary>
    public IReadOnlyList<SliceScores> RunSlices(HydraSequenceRecommendationTransformer model) =>
    [
        .. TestSlices.Cut(mlContext, split.TrainSet, split.TestSet).Select(slice => new SliceScores(slice.Group, slice.Name, Measure(model, slice.TestSet, excludeSeen: true))),
    ];

    // Hydra first, then the baselines
    private List<KeyValuePair<string, ModelScores>> Measure(HydraSequenceRecommendationTransformer model, IDataView testSet, bool excludeSeen) =>
    [
        new("Hydra", MeasureHydra(model, testSet, excludeSeen)),
        .. Enum.GetValues<SequenceBaseline>().Select(baseline =>
            KeyValuePair.Create(baseline.ToString(), MeasureBaseline(baseline, testSet, excludeSeen))),
    ];

    private ModelScores MeasureHydra(HydraSequenceRecommendationTransformer model, IDataView testSet, bool excludeSeen)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        using HydraSequenceRecommendationTransformer recommender = model.WithRecommendations(new RecommendationOptions
        {
            NumberOfRecommendations = ModelScores.CutOff,
            ExcludeSeenItems = excludeSeen,
        });
        IDataView recommended = recommender.Transform(testSet);
        return ModelScores.From(mlContext.SequenceRecommendation().Evaluate(recommended, options.LabelColumnName));
    }

    private ModelScores MeasureBaseline(SequenceBaseline baseline, IDataView testSet, bool excludeSeen)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        return ModelScores.From(mlContext.SequenceRecommendation().EvaluateBaseline(
            baseline, _counted, testSet, options.ItemsColumnName, options.LabelColumnName, excludeSeen));
    }
}

/// <summary>
/// Cuts a test set by the length of the histories, and by the popularity of the item to predict: the most popular items with a third of the
/// training events, the items with the next third, and the rest, including the items that training has not seen.
/// </summary>
internal sealed class TestSlices
{
    private static readonly (string Name, int Most)[] s_lengths = [("up to 20", 20), ("21 to 100", 100), ("over 100", int.MaxValue)];
    private static readonly string[] s_thirds = ["popular third", "middle third", "rare third"];

    private readonly Dictionary<string, int> _thirds;

    private TestSlices(Dictionary<string, int> thirds) => _thirds = thirds;

    /// <summary>The slices that are not empty.</summary>
    /// <param name="mlContext">The context that filters.</param>
    /// <param name="trainSet">Rows with <c>Items</c> to count.</param>
    /// <param name="testSet">Rows with <c>Items</c> and <c>NextItem</c>.</param>
    public static IReadOnlyList<TestSlice> Cut(MLContext mlContext, IDataView trainSet, IDataView testSet)
    {
        var slices = new TestSlices(Thirds(mlContext.Data.CreateEnumerable<Row>(trainSet, reuseRowObject: false)));
        var found = new HashSet<(int Length, int Third)>();
        foreach (TestRow row in mlContext.Data.CreateEnumerable<TestRow>(testSet, reuseRowObject: false))
        {
            found.Add((Length(row), slices.Third(row)));
        }

        return
        [
            .. s_lengths.Index().Where(length => found.Any(row => row.Length == length.Index))
                .Select(length => new TestSlice("history", length.Item.Name, Keep(row => Length(row) == length.Index))),
            .. s_thirds.Index().Where(third => found.Any(row => row.Third == third.Index))
                .Select(third => new TestSlice("item", third.Item, Keep(row => slices.Third(row) == third.Index))),
        ];

        IDataView Keep(Func<TestRow, bool> kept) => mlContext.Data.FilterByCustomPredicate<TestRow>(testSet, row => !kept(row));
    }

    private static int Length(TestRow row) => Array.FindIndex(s_lengths, length => row.Items.Length <= length.Most);

    private int Third(TestRow row) => _thirds.GetValueOrDefault(row.NextItem, s_thirds.Length - 1);

    // The third of an item follows from the number of events of all more popular items; ties keep the order of first appearance.
    private static Dictionary<string, int> Thirds(IEnumerable<Row> rows)
    {
        Dictionary<string, long> counts = rows.SelectMany(row => row.Items).CountBy(item => item).ToDictionary(item => item.Key, item => (long)item.Value);
        long all = counts.Values.Sum(), before = 0;
        var thirds = new Dictionary<string, int>();
        foreach ((string item, long count) in counts.OrderByDescending(item => item.Value))
        {
            thirds[item] = (int)(s_thirds.Length * before / all);
            before += count;
        }

        return thirds;
    }

    private class Row
    {
        public string[] Items { get; set; } = [];
    }

    private sealed class TestRow : Row
    {
        public string NextItem { get; set; } = "";
    }
}

/// <summary>Some of the users to test.</summary>
/// <param name="Group">The property by which users are grouped.</param>
/// <param name="Name">The range of that property.</param>
/// <param name="TestSet">Their rows.</param>
internal sealed record TestSlice(string Group, string Name, IDataView TestSet);
