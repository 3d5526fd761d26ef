namespace Microsoft.ML.Hydra;

/// <summary>One training of a search, as reported to <see cref="HydraTuningOptions.Progress"/> when it begins and when it is finished.</summary>
public sealed record HydraTrial
{
    internal HydraTrial(int number, int configuration, int numberOfEpochs, IReadOnlyList<KeyValuePair<string, object?>> changes) =>
        (Number, Configuration, NumberOfEpochs, Changes) = (number, configuration, numberOfEpochs, changes);

    /// <summary>Number of the trial, from 1.</summary>
    public int Number { get; }

    /// <summary>Number of its configuration: 0 has the trainer's own options; a configuration that is promoted keeps its number.</summary>
    public int Configuration { get; }

    /// <summary>Most epochs that it trains; also the length of its learning rate schedule.</summary>
    public int NumberOfEpochs { get; }

    /// <summary>The options that differ from the trainer's own, by name; empty for configuration 0.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Changes { get; }

    /// <summary>Whether it is finished; the properties below are known only then.</summary>
    public bool IsFinished { get; internal init; }

    /// <summary>NDCG@10 on the held-out items after the best epoch; 0 when training diverged, NaN before the end.</summary>
    public double ValidationNdcgAt10 { get; internal init; } = double.NaN;

    /// <summary>The best epoch, from 1; 0 when training diverged.</summary>
    public int BestEpoch { get; internal init; }

    /// <summary>Number of trained epochs; fewer than <see cref="NumberOfEpochs"/> when training stopped early.</summary>
    public int NumberOfEpochsTrained { get; internal init; }

    /// <summary>Duration of the trial.</summary>
    public TimeSpan Duration { get; internal init; }

    /// <summary>Why training diverged, or <see langword="null"/>.</summary>
    public string? Failure { get; internal init; }

    /// <summary>Whether it is better than all trials before it.</summary>
    public bool IsBest { get; internal init; }
}
