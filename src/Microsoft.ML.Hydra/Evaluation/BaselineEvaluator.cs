using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>Counts a baseline and sends it the way of a trained model: same vocabulary, ranking, columns and metrics.</summary>
internal static class BaselineEvaluator
{
    private const int LongChainSteps = 10;

    /// <inheritdoc cref="SequenceRecommendationCatalog.EvaluateBaseline"/>
    public static SequenceRecommendationMetrics Evaluate(
        IHostEnvironment environment,
        SequenceBaseline baseline,
        IDataView trainSet,
        IDataView testSet,
        string itemsColumnName,
        string labelColumnName,
        bool excludeSeenItems)
    {
        SequenceData train = SequenceReader.Read(trainSet, itemsColumnName);
        if (train.Dataset.Count == 0)
        {
            throw new InvalidOperationException(
                $"The train set has no items in column \"{itemsColumnName}\"; a baseline needs at least one sequence of one item to count.");
        }

        Popularity popularity = Popularity.Count(train.Dataset);
        var model = new ScoringModel(
            train.Vocabulary, popularity.Counts, CreateScorer(baseline, train.Dataset, popularity), itemsColumnName, labelColumnName);
        var plan = new RecommendationPlan
        {
            Model = model,
            Filter = CandidateFilter.Create(train.Vocabulary, excludeSeenItems, allowed: null, denied: null),
        };
        return SequenceEvaluator.Evaluate(environment, new RecommendationDataView(plan, testSet), labelColumnName);
    }

    /// <summary>The baseline as a scorer over the rows of a data set.</summary>
    /// <param name="baseline">Which baseline.</param>
    /// <param name="train">The sequences to count on.</param>
    /// <param name="popularity">Popularity in the same sequences.</param>
    public static BatchScorer CreateScorer(SequenceBaseline baseline, SequenceDataset train, Popularity popularity) => baseline switch
    {
        SequenceBaseline.Popularity => popularity.Score,
        SequenceBaseline.Markov1 => new MarkovChain(train, popularity, steps: 1).Score,
        SequenceBaseline.Markov10 => new MarkovChain(train, popularity, LongChainSteps).Score,
        SequenceBaseline.ItemKnn => new ItemKnn(train, popularity).Score,
        _ => throw new ArgumentOutOfRangeException(
            nameof(baseline), baseline, $"There is no baseline {baseline}; wanted Popularity, Markov1, Markov10 or ItemKnn."),
    };
}
