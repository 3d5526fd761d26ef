using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli.Input;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>All results of an evaluation, before they become tables or JSON.</summary>
internal sealed record EvaluationReport
{
    /// <summary>How it was measured, in words.</summary>
    public required string Protocol { get; init; }

    /// <summary>Whether training was ended early, so that the figures are those of the best epoch until then.</summary>
    public bool IsInterrupted { get; init; }

    public required SequenceFacts Data { get; init; }

    /// <summary>Hydra first, then the baselines.</summary>
    public required IReadOnlyList<ComparedModel> Models { get; init; }

    /// <summary>The same for parts of the users; empty where it was not requested.</summary>
    public IReadOnlyList<SliceScores> Slices { get; init; } = [];

    /// <summary>The same for new items and for the others; null where no items were made new.</summary>
    public ColdItemsScores? ColdItems { get; init; }

    /// <summary>Trained numbers of the Hydra model.</summary>
    public required long Parameters { get; init; }

    public required int Epochs { get; init; }

    public required int BestEpoch { get; init; }

    /// <summary>NDCG@10 on the validation events, with the prior if there is one; NaN without validation.</summary>
    public required double ValidationNdcg { get; init; }

    public required bool HasPrior { get; init; }

    /// <summary>NaN when no epoch was run.</summary>
    public required double SecondsPerEpoch { get; init; }

    public required double TrainSeconds { get; init; }

    /// <summary>Processor time of the training, over all threads.</summary>
    public required double TrainCpuSeconds { get; init; }

    /// <summary>Largest resident memory of the process, in MiB.</summary>
    public required double PeakMB { get; init; }

    /// <summary>The trainer's options in the format of a configuration file.</summary>
    public required JsonObject Options { get; init; }
}

/// <summary>One model of an evaluation.</summary>
/// <param name="Name">Hydra, or the name of a baseline.</param>
/// <param name="Filtered">Items of the history left out of the ranking.</param>
/// <param name="Unfiltered">All items ranked.</param>
internal sealed record ComparedModel(string Name, ModelScores Filtered, ModelScores Unfiltered);

/// <summary>The figures of one model in one ranking, by the names of the report.</summary>
/// <param name="Values">In the order of the report.</param>
/// <param name="Users">Number of users measured.</param>
/// <param name="UnknownLabels">Users whose held-out item the model does not know; each counts as a miss.</param>
/// <param name="LeftOutLabels">Users whose held-out item is one of their history and was left out of the ranking; each counts as a miss.</param>
internal sealed record ModelScores(IReadOnlyList<KeyValuePair<string, double>> Values, long Users, long UnknownLabels, long LeftOutLabels)
{
    /// <summary>How many recommendations coverage and mean popularity use.</summary>
    public const int CutOff = 10;

    /// <summary>One figure; NaN where no figure has that name.</summary>
    public double Value(string name) => Values.Where(figure => figure.Key == name).Select(figure => figure.Value).FirstOrDefault(double.NaN);

    public static ModelScores From(SequenceRecommendationMetrics metrics) => new(
        [
            new("HR@1", metrics.HitRateAt(1)),
            new("HR@5", metrics.HitRateAt(5)),
            new("HR@10", metrics.HitRateAt(10)),
            new("HR@20", metrics.HitRateAt(20)),
            new("NDCG@5", metrics.NdcgAt(5)),
            new("NDCG@10", metrics.NdcgAt(10)),
            new("NDCG@20", metrics.NdcgAt(20)),
            new("MRR", metrics.MeanReciprocalRank),
            new("coverage", metrics.CatalogCoverage),
            new("meanPopularity", metrics.MeanPopularity),
        ],
        metrics.NumberOfUsers,
        metrics.NumberOfLabelsNotInModel ?? metrics.NumberOfUnknownLabels,
        metrics.NumberOfLabelsLeftOut ?? 0);
}

/// <summary>The figures of all models for some of the users, without the items of the history in the ranking.</summary>
/// <param name="Group">The property by which users are grouped.</param>
/// <param name="Name">The range of that property.</param>
/// <param name="Models">Names and figures, in the order of the report.</param>
internal sealed record SliceScores(string Group, string Name, IReadOnlyList<KeyValuePair<string, ModelScores>> Models);

/// <summary>How new items and the others were found, without the items of the history in the ranking.</summary>
/// <param name="Share">Share of the items that was made new.</param>
/// <param name="NewItems">Their number.</param>
/// <param name="KnownNewItems">Number of those that the model knows, from what the file of items says.</param>
/// <param name="Rankings">In the order of the report.</param>
internal sealed record ColdItemsScores(double Share, int NewItems, int KnownNewItems, IReadOnlyList<RankingScores> Rankings);

/// <summary>The figures of models in one ranking of some of the users.</summary>
/// <param name="Name">Which targets, in which ranking.</param>
/// <param name="Models">Names and figures, in the order of the report.</param>
internal sealed record RankingScores(string Name, IReadOnlyList<KeyValuePair<string, ModelScores>> Models);

/// <summary>Describes how an evaluation was made, so that its figures are compared only with figures of the same protocol.</summary>
internal static class ProtocolText
{
    /// <param name="options">The options of the training.</param>
    /// <param name="numberOfItems">Number of items that were ranked.</param>
    /// <param name="newItems">Number of items that were made new; 0 without any.</param>
    public static string Describe(HydraSequenceRecommendationTrainer.Options options, int numberOfItems, int newItems = 0)
    {
        string sample = options.MaximumValidationSequences > 0
            ? FormattableString.Invariant($" of {options.MaximumValidationSequences} sampled users")
            : string.Empty;
        string validation = options.Validation == SequenceValidation.None
            ? "no validation, Hydra trains on all but the last item, as the baselines do"
            : $"validation on the second last item{sample}, Hydra's weights are trained on the rest; {Counted(options)}";
        string cold = newItems > 0 ? FormattableString.Invariant($"{newItems} items are new: they were taken out of every history; ") : string.Empty;
        return FormattableString.Invariant(
            $"Leave-last-out: the last item of every user is the test item; {cold}{validation}; ")
            + FormattableString.Invariant(
            $"full ranking over {numberOfItems} items, never sampled; filtered: items of the history removed from the ranking, unfiltered: kept; ")
            + FormattableString.Invariant(
            $"test items unknown to the training data are misses, and so are those that filtered leaves out; coverage and meanPopularity over the {ModelScores.CutOff} best.");
    }

    private static string Counted(HydraSequenceRecommendationTrainer.Options options) => options.CountValidationEvents
        ? "its co-occurrence prior and the baselines count all but the last item"
        : "its co-occurrence prior and the baselines count the same";
}
