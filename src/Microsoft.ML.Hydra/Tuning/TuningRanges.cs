using System.Globalization;
using Microsoft.ML.Hydra.Options;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>Checks the options of a search before anything is read or made.</summary>
internal static class TuningRanges
{
    // Timers know no longer time.
    private const int MostDays = 40;

    /// <summary>Throws one sentence about the first option that is out of its range.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, its value and the range.</exception>
    public static void Check(HydraTuningOptions o)
    {
        ArgumentNullException.ThrowIfNull(o.TrainerOptions);
        OptionRanges.Check(o.TrainerOptions);
        if (o.Budget is null && o.MaximumTrials is null)
        {
            throw new ArgumentException("Neither Budget nor MaximumTrials is set; say when the search is to end.", nameof(o.Budget));
        }

        if (o.Budget is TimeSpan budget && !(budget > TimeSpan.Zero && budget <= TimeSpan.FromDays(MostDays)))
        {
            throw Outside(nameof(o.Budget), budget, $"above 0 and at most {MostDays} days");
        }

        AtLeast(nameof(o.MaximumTrials), o.MaximumTrials ?? 1, 1);
        AtLeast(nameof(o.ReductionFactor), o.ReductionFactor, 2);
        AtLeast(nameof(o.MinimumEpochs), o.MinimumEpochs, 1);
        AtLeast(nameof(o.NumberOfConfigurations), o.NumberOfConfigurations, 0);
        if (o.Resume && string.IsNullOrWhiteSpace(o.Directory))
        {
            throw new ArgumentException("Resume is set but Directory is not; name the directory of the interrupted search.", nameof(o.Directory));
        }

        if (o.TrainerOptions.Validation == SequenceValidation.None)
        {
            throw new ArgumentException(
                "Validation is None, but a search compares trials by validation NDCG@10; set it to LeaveLastOut.", nameof(o.TrainerOptions));
        }

        if (o.TrainerOptions.CheckpointDirectory is string directory)
        {
            throw new ArgumentException(
                $"CheckpointDirectory is '{directory}', but the trials of a search keep their checkpoints in the search's own Directory; leave it unset.", nameof(o.TrainerOptions));
        }
    }

    private static void AtLeast(string name, int value, int lowest)
    {
        if (value < lowest)
        {
            throw Outside(name, value, string.Create(CultureInfo.InvariantCulture, $"at least {lowest}"));
        }
    }

    private static ArgumentOutOfRangeException Outside(string name, IFormattable value, string wanted) =>
        new(name, $"{name} is {value.ToString(null, CultureInfo.InvariantCulture)}; it must be {wanted}.");
}
