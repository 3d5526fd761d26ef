using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary>Trains the rival with every user's last item held out and measures it as <c>hydra evaluate</c> measures Hydra.</summary>
internal static class RivalEvaluation
{
    /// <summary>Trains and measures.</summary>
    /// <param name="mlContext">The context that reads and measures.</param>
    /// <param name="sequences">One row for each user.</param>
    /// <param name="options">Options, checked.</param>
    /// <param name="validationOnly">Whether the held-out items are not read.</param>
    /// <param name="slices">Whether to report by length of the history, and by popularity and training events of the item too.</param>
    /// <param name="output">Receives one line for each epoch and the figures.</param>
    /// <returns>The report in the fields of <c>hydra evaluate</c>.</returns>
    public static JsonObject Run(MLContext mlContext, IDataView sequences, RivalOptions options, bool validationOnly, bool slices, TextWriter output)
    {
        SequenceFacts facts = SequenceFacts.Count(sequences);
        SequenceTrainTestData split = mlContext.SequenceRecommendation().SplitLeaveLastOut(sequences);
        SequenceData train = SequenceReader.Read(split.TrainSet, options.Training.ItemsColumnName);
        if (!Enumerable.Range(0, train.Dataset.Count).Any(i => train.Dataset[i].Length >= 2))
        {
            throw new UserErrorException("No user has three events, so no event is left to learn from; evaluation needs histories of at least three.");
        }

        TimeSpan before = TimeSpan.Zero;
        using RivalFit fit = RivalFit.Train(train.Dataset, options, epoch =>
        {
            output.WriteLine(FormattableString.Invariant($"{EpochLine.Format(epoch)}  {(epoch.Elapsed - before).TotalSeconds:F2} s"));
            before = epoch.Elapsed;
        });
        (BatchScorer withPrior, PriorFitResult prior) = fit.WithPrior();
        var evaluation = new ScorerEvaluation(mlContext, train, split.TestSet);
        (string Name, BatchScorer Score)[] scorers = validationOnly ? [] : [(nameof(SasRec), fit.Score), ("SasRec + prior", withPrior)];
        var report = new EvaluationReport
        {
            Protocol = Protocol(train.Vocabulary.Count, validationOnly),
            Data = facts,
            Models = [.. scorers.Select(scorer => evaluation.Measure(scorer.Name, scorer.Score))],
            Slices = [.. (slices && !validationOnly ? TestSlices.Cut(mlContext, split.TrainSet, split.TestSet) : []).Select(slice => new SliceScores(
                slice.Group, slice.Name, [.. scorers.Select(scorer => KeyValuePair.Create(scorer.Name, evaluation.Measure(scorer.Score, slice)))]))],
            Parameters = fit.NumberOfParameters,
            Epochs = fit.Result.Epochs.Count,
            BestEpoch = fit.Result.BestEpoch,
            ValidationNdcg = prior.NdcgWith,
            HasPrior = prior.Prior is not null,
            SecondsPerEpoch = fit.Result.Epochs[^1].Elapsed.TotalSeconds / fit.Result.Epochs.Count,
            TrainSeconds = fit.Duration.TotalSeconds,
            TrainCpuSeconds = fit.ProcessorTime.TotalSeconds,
            PeakMB = ResidentMemory.PeakMB(),
            Options = fit.Options.ToJson(),
        };
        Write(output, report, fit);
        return EvaluationJson.Create(report);
    }

    private static void Write(TextWriter output, EvaluationReport report, RivalFit fit)
    {
        if (report.Models.Count > 0)
        {
            EvaluationText.Write(Terminal.Create(output), report);
        }

        output.WriteLine(FormattableString.Invariant(
            $"{fit.NumberOfParameters:N0} parameters, best epoch {report.BestEpoch} of {report.Epochs}, validation NDCG@10 {fit.ValidationNdcgAt10:F4}, {report.ValidationNdcg:F4} with the co-occurrence prior, {report.SecondsPerEpoch:F2} s per epoch, {fit.ProcessorTime.TotalSeconds:F1} s of processor time"));
    }

    private static string Protocol(int items, bool validationOnly) => FormattableString.Invariant(
        $"Leave-last-out: the last item of every user is the test item{(validationOnly ? " and was not read" : "")}; validation as the options say on the item before it; full ranking over {items} items, never sampled; filtered: items of the history removed from the ranking, unfiltered: kept; test items unknown to the training data are misses; coverage and meanPopularity over the {ModelScores.CutOff} best.");
}

/// <summary>Measures any scorer like a trained model and the baselines: same vocabulary, ranking, columns and metrics.</summary>
/// <param name="mlContext">The context that measures.</param>
/// <param name="train">The training data of the scorer.</param>
/// <param name="testSet">Histories with their next item.</param>
internal sealed class ScorerEvaluation(MLContext mlContext, SequenceData train, IDataView testSet)
{
    private static readonly HydraSequenceRecommendationTrainer.Options s_columns = new();

    private readonly Popularity _popularity = Popularity.Count(train.Dataset);

    /// <summary>Measures without and with the items of the history in the ranking.</summary>
    /// <param name="name">Name in the report.</param>
    /// <param name="scorer">Scores the catalogue; rows are those of the training data's vocabulary.</param>
    public ComparedModel Measure(string name, BatchScorer scorer)
    {
        return new ComparedModel(name, Measure(scorer, testSet, excludeSeen: true), Measure(scorer, testSet, excludeSeen: false));
    }

    /// <summary>Measures some of the histories, without the items of the history in the ranking.</summary>
    /// <param name="scorer">As above.</param>
    /// <param name="slice">The histories.</param>
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
