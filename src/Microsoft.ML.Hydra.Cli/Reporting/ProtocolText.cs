namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Says how an evaluation was made, so that its figures are compared with their like only.</summary>
internal static class ProtocolText
{
    public static string Describe(HydraSequenceRecommendationTrainer.Options options, int numberOfItems)
    {
        string sample = options.MaximumValidationSequences > 0
            ? FormattableString.Invariant($" of {options.MaximumValidationSequences} sampled users")
            : string.Empty;
        string validation = options.Validation == SequenceValidation.None
            ? "no validation, Hydra trains on all but the last item, as the baselines do"
            : $"validation on the second last item{sample}, Hydra's weights are trained on the rest; {Counted(options)}";
        return FormattableString.Invariant(
            $"Leave-last-out: the last item of every user is the test item; {validation}; ")
            + FormattableString.Invariant(
            $"full ranking over {numberOfItems} items, never sampled; filtered: items of the history removed from the ranking, unfiltered: kept; ")
            + FormattableString.Invariant(
            $"test items unknown to the training data are misses; coverage and meanPopularity over the {ModelScores.CutOff} best.");
    }

    private static string Counted(HydraSequenceRecommendationTrainer.Options options) => options.CountValidationEvents
        ? "its co-occurrence prior and the baselines count all but the last item"
        : "its co-occurrence prior and the baselines count the same";
}
