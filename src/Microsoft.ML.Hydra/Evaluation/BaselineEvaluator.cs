using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>Counts a baseline and evaluates it as a trained model: same vocabulary, ranking, columns and metrics.</summary>
internal static class BaselineEvaluator
{
    private const int LongChainSteps = 10;

    /// <summary>Counts a baseline on the train set and evaluates it on the test set.</summary>
    public static SequenceRecommendationMetrics Evaluate(
        IHostEnvironment environment, SequenceBaseline baseline, IDataView trainSet, IDataView testSet, SequenceBaselineOptions options)
    {
        Check(baseline, options);
        SequenceData train = SequenceReader.Read(trainSet, options.ItemsColumnName);
        if (train.Dataset.Count == 0)
        {
            throw new InvalidOperationException(
                $"The train set has no items in column \"{options.ItemsColumnName}\"; a baseline counts at least one sequence of one item.");
        }

        ItemContent? content = ReadItems(train, options);
        ItemVocabulary vocabulary = content?.Vocabulary ?? train.Vocabulary;
        SequenceDataset dataset = train.Dataset.WithNumberOfItems(vocabulary.Count);
        Popularity popularity = Popularity.Count(dataset);
        var columns = new InputColumns(options.ItemsColumnName, options.LabelColumnName);
        var plan = new RecommendationPlan
        {
            Model = new ScoringModel(vocabulary, popularity.Counts, CreateScorer(baseline, dataset, popularity, content), columns),
            Filter = Filter(environment, vocabulary, options),
        };
        return SequenceEvaluator.Evaluate(environment, new RecommendationDataView(plan, testSet), columns.Label);
    }

    /// <summary>The baseline as a scorer over the rows of a data set.</summary>
    /// <param name="baseline">Which baseline.</param>
    /// <param name="train">The sequences to count on.</param>
    /// <param name="popularity">Popularity in the same sequences.</param>
    /// <param name="content">What is known of the same items, for baselines that read it.</param>
    public static BatchScorer CreateScorer(
        SequenceBaseline baseline, SequenceDataset train, Popularity popularity, ItemContent? content = null) => baseline switch
    {
        SequenceBaseline.Popularity => popularity.Score,
        SequenceBaseline.Markov1 => new MarkovChain(train, popularity, steps: 1).Score,
        SequenceBaseline.Markov10 => new MarkovChain(train, popularity, LongChainSteps).Score,
        SequenceBaseline.ItemKnn => new ItemKnn(train, popularity).Score,
        SequenceBaseline.TextNeighbors => new TextNeighbors(content!, popularity).Score,
        _ => throw new ArgumentOutOfRangeException(
            nameof(baseline), baseline, $"There is no baseline {baseline}; expected one of {string.Join(", ", Enum.GetNames<SequenceBaseline>())}."),
    };

    private static void Check(SequenceBaseline baseline, SequenceBaselineOptions options)
    {
        (string Name, string Column)[] columns =
        [
            (nameof(options.ItemsColumnName), options.ItemsColumnName),
            (nameof(options.LabelColumnName), options.LabelColumnName),
            (nameof(options.ItemIdColumnName), options.ItemIdColumnName),
            (nameof(options.ItemTextColumnName), options.ItemTextColumnName),
            (nameof(options.ItemFeaturesColumnName), options.ItemFeaturesColumnName),
        ];
        foreach ((string name, string column) in columns)
        {
            if (string.IsNullOrEmpty(column))
            {
                throw new ArgumentException($"{name} is empty; give the name of a column.", name);
            }
        }

        if (baseline == SequenceBaseline.TextNeighbors && options.Items is null)
        {
            throw new ArgumentException(
                "TextNeighbors compares the words and numbers of items, and no view of items is given; call EvaluateBaseline with a SequenceBaselineOptions whose Items is that view.",
                nameof(options));
        }
    }

    private static ItemContent? ReadItems(SequenceData train, SequenceBaselineOptions options)
    {
        if (options.Items is not { } items)
        {
            return null;
        }

        var columns = new ItemColumns(options.ItemIdColumnName, options.ItemTextColumnName, options.ItemFeaturesColumnName);
        ItemContent content = new ItemContentReader(items, columns, train.Vocabulary).Read(static () => { });
        return content.IsDescribed.AsSpan(0, train.Vocabulary.Count + 1).Contains(true)
            ? content
            : throw new ArgumentException(
                $"Items describes no item of the train set: none of its ids in column \"{columns.Id}\" is in column \"{options.ItemsColumnName}\"; give the same ids in both.");
    }

    private static CandidateFilter Filter(IHostEnvironment environment, ItemVocabulary vocabulary, SequenceBaselineOptions options)
    {
        CandidateFilter filter = CandidateFilter.Create(vocabulary, options.ExcludeSeenItems, options.AllowedItems, options.DeniedItems);
        if (filter.NumberOfUnknownAllowedItems + filter.NumberOfUnknownDeniedItems > 0)
        {
            using IChannel channel = environment.Start("EvaluateBaseline");
            channel.Warning(
                MessageSensitivity.UserData,
                "The baseline does not know {0} of AllowedItems and {1} of DeniedItems; they are ignored.",
                filter.NumberOfUnknownAllowedItems,
                filter.NumberOfUnknownDeniedItems);
        }

        return filter;
    }
}
