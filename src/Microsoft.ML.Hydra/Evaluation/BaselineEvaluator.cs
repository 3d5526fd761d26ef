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
        IHostEnvironment environment,
        SequenceBaseline baseline,
        IDataView trainSet,
        IDataView testSet,
        InputColumns columns,
        bool excludeSeenItems)
    {
        SequenceData train = SequenceReader.Read(trainSet, columns.Items);
        if (train.Dataset.Count == 0)
        {
            throw new InvalidOperationException(
                $"The train set has no items in column \"{columns.Items}\"; a baseline counts at least one sequence of one item.");
        }

        Popularity popularity = Popularity.Count(train.Dataset);
        var model = new ScoringModel(train.Vocabulary, popularity.Counts, CreateScorer(baseline, train.Dataset, popularity), columns);
        var plan = new RecommendationPlan
        {
            Model = model,
            Filter = CandidateFilter.Create(train.Vocabulary, excludeSeenItems, allowed: null, denied: null),
        };
        return SequenceEvaluator.Evaluate(environment, new RecommendationDataView(plan, testSet), columns.Label);
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
            nameof(baseline), baseline, $"There is no baseline {baseline}; expected Popularity, Markov1, Markov10 or ItemKnn."),
    };
}
