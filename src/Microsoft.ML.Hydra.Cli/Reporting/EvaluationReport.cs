using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli.Input;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Everything that an evaluation says, before it is a table or JSON.</summary>
internal sealed record EvaluationReport
{
    /// <summary>How it was measured, in words.</summary>
    public required string Protocol { get; init; }

    public required SequenceFacts Data { get; init; }

    /// <summary>Hydra first, then the baselines.</summary>
    public required IReadOnlyList<ComparedModel> Models { get; init; }

    /// <summary>The same for parts of the users; empty where that was not asked for.</summary>
    public IReadOnlyList<SliceScores> Slices { get; init; } = [];

    /// <summary>Trained numbers of the Hydra model.</summary>
    public required long Parameters { get; init; }

    public required int Epochs { get; init; }

    public required int BestEpoch { get; init; }

    /// <summary>NDCG@10 on the validation events, with the prior if there is one; NaN without validation.</summary>
    public required double ValidationNdcg { get; init; }

    public required bool HasPrior { get; init; }

    /// <summary>NaN when not one epoch was run.</summary>
    public required double SecondsPerEpoch { get; init; }

    public required double TrainSeconds { get; init; }

    /// <summary>Processor time of the training, over all threads.</summary>
    public required double TrainCpuSeconds { get; init; }

    /// <summary>Largest resident memory of the process, in MiB.</summary>
    public required double PeakMB { get; init; }

    /// <summary>The trainer's options, as a configuration file takes them.</summary>
    public required JsonObject Options { get; init; }
}
