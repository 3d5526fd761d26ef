using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary>Sends any scorer the way of a trained model and of the baselines: same vocabulary, ranking, columns and metrics.</summary>
/// <param name="mlContext">The context that measures.</param>
/// <param name="train">What the scorer was trained on.</param>
/// <param name="testSet">Histories with the item that came next.</param>
internal sealed class ScorerEvaluation(MLContext mlContext, SequenceData train, IDataView testSet)
{
    private static readonly HydraSequenceRecommendationTrainer.Options s_columns = new();

    private readonly Popularity _popularity = Popularity.Count(train.Dataset);

    /// <summary>Measures with items of the history left out of the ranking, and kept in it.</summary>
    /// <param name="name">Name in the report.</param>
    /// <param name="scorer">Scores the catalogue; rows are those of the training data's vocabulary.</param>
    public ComparedModel Measure(string name, BatchScorer scorer)
    {
        return new ComparedModel(name, Measure(scorer, testSet, excludeSeen: true), Measure(scorer, testSet, excludeSeen: false));
    }

    /// <summary>Measures on some of the histories, items of the history left out of the ranking.</summary>
    /// <param name="scorer">As above.</param>
    /// <param name="slice">Which histories.</param>
    public ModelScores Measure(BatchScorer scorer, TestSlice slice) => Measure(scorer, slice.TestSet, excludeSeen: true);

    private ModelScores Measure(BatchScorer scorer, IDataView histories, bool excludeSeen)
    {
        var model = new ScoringModel(train.Vocabulary, _popularity.Counts, scorer, new InputColumns(s_columns.ItemsColumnName, s_columns.LabelColumnName));
        var plan = new RecommendationPlan
        {
            Model = model,
            Filter = CandidateFilter.Create(model.Vocabulary, excludeSeen, allowed: null, denied: null),
            NumberOfRecommendations = ModelScores.CutOff,
        };
        return ModelScores.From(SequenceEvaluator.Evaluate(mlContext, new RecommendationDataView(plan, histories), model.Columns.Label));
    }
}
