using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>A finished trial as the journal keeps it.</summary>
/// <param name="Trial">Its number, from 1.</param>
/// <param name="Configuration">Number of its configuration.</param>
/// <param name="Epochs">Most epochs that it might train.</param>
/// <param name="Changes">What its configuration changes, to recognise it by.</param>
/// <param name="NdcgAt10">Validation NDCG@10 of the best epoch; 0 when training diverged.</param>
/// <param name="BestEpoch">The epoch it was reached in; 0 when training diverged.</param>
/// <param name="EpochsTrained">Epochs trained.</param>
/// <param name="Seconds">Time it took.</param>
/// <param name="Failure">Why it diverged, or null.</param>
internal sealed record JournalEntry(
    int Trial, int Configuration, int Epochs, JsonObject Changes, double NdcgAt10, int BestEpoch, int EpochsTrained, double Seconds, string? Failure)
{
    // Much more than any search takes, and no more than a TimeSpan holds
    private const double MostSeconds = 1e9;

    /// <summary>Whether its numbers are such as a trial may have.</summary>
    public bool IsPlausible =>
        Trial > 0 && Configuration >= 0 && Epochs > 0 && NdcgAt10 is >= 0 and <= 1 && BestEpoch >= 0 && BestEpoch <= EpochsTrained
        && EpochsTrained <= Epochs && Seconds is >= 0 and <= MostSeconds;

    /// <summary>Whether it is the trial of a plan and a configuration.</summary>
    public bool IsOf(TrialPlan plan, Configuration configuration) =>
        plan == new TrialPlan(Configuration, Epochs) && Changes.ToJsonString() == JournalHeader.Reread(configuration.ToJson()).ToJsonString();
}
