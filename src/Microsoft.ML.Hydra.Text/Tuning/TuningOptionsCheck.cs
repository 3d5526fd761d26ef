namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>Checks the options of a tuning, and makes the choices that they leave open.</summary>
internal static class TuningOptionsCheck
{
    /// <exception cref="ArgumentException">An option is outside its range; the message names it, what it is and its range.</exception>
    public static void Run(TextTuningOptions options)
    {
        CheckName(nameof(options.ItemIdColumnName), options.ItemIdColumnName);
        CheckName(nameof(options.ItemsColumnName), options.ItemsColumnName);
        CheckName(nameof(options.OutputColumnName), options.OutputColumnName);
        if (options.TextColumnNames is null or [])
        {
            throw new ArgumentException($"{nameof(options.TextColumnNames)} is empty; name at least one column with text.");
        }

        if (options.DomainColumnName is "")
        {
            throw new ArgumentException($"{nameof(options.DomainColumnName)} is empty; name a column, or set null for one domain.");
        }

        CheckDefined(nameof(options.Tuning), options.Tuning);
        CheckDefined(nameof(options.Pooling), options.Pooling);
        CheckAtLeast(nameof(options.NumberOfTopLayers), options.NumberOfTopLayers, 1);
        CheckAtLeast(nameof(options.LoraRank), options.LoraRank, 1);
        CheckAtLeast(nameof(options.NumberOfPasses), options.NumberOfPasses, 1);
        CheckAtLeast(nameof(options.BatchSize), options.BatchSize, 2);
        CheckAtLeast(nameof(options.Window), options.Window, 1);
        CheckAtLeast(nameof(options.StepsPerPass), options.StepsPerPass, 1);
        if (options.Tuning == TextTuning.EndToEnd && options.CheckpointPath is not null)
        {
            throw new ArgumentException($"{nameof(options.CheckpointPath)} is set, but an end-to-end training writes no checkpoints; set null, or another {nameof(options.Tuning)}.");
        }

        CheckAtLeast(nameof(options.NumberOfThreads), options.NumberOfThreads ?? 1, 1);
        if (options.LearningRate is double rate && !(rate > 0 && double.IsFinite(rate)))
        {
            throw Outside(nameof(options.LearningRate), rate, "a number above 0, or null for the default");
        }

        if (options.Temperature is not (>= TemperatureStep.Least and <= TemperatureStep.Most))
        {
            throw Outside(nameof(options.Temperature), options.Temperature, $"{TemperatureStep.Least} to {TemperatureStep.Most}");
        }

        if (options.CheckpointPath is string path && string.IsNullOrWhiteSpace(path))
        {
            throw new ArgumentException($"{nameof(options.CheckpointPath)} is empty; name a directory, or set null for no checkpoints.");
        }
    }

    /// <summary>The settings of a run.</summary>
    public static TuningSettings Resolve(TextTuningOptions options) => new()
    {
        Tuning = options.Tuning,
        NumberOfTopLayers = options.NumberOfTopLayers,
        LoraRank = options.LoraRank,
        NumberOfPasses = options.NumberOfPasses,
        LearningRate = options.LearningRate ?? options.Tuning switch
        {
            TextTuning.Projection => 2e-3,
            TextTuning.Lora => 1e-3,
            _ => TuningSettings.DefaultLearningRate,
        },
        BatchSize = options.BatchSize,
        Temperature = options.Temperature,
        Window = options.Window,
        StepsPerPass = options.StepsPerPass,
        Seed = options.Seed,
        NumberOfThreads = options.NumberOfThreads ?? Environment.ProcessorCount,
        CheckpointPath = options.CheckpointPath,
    };

    private static void CheckName(string option, string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            throw new ArgumentException($"{option} is empty; name a column.");
        }
    }

    private static void CheckDefined<T>(string option, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw Outside(option, value, $"one of {string.Join(", ", Enum.GetNames<T>())}");
        }
    }

    private static void CheckAtLeast(string option, int value, int least)
    {
        if (value < least)
        {
            throw Outside(option, value, $"{least} or more");
        }
    }

    private static ArgumentException Outside(string option, IFormattable value, string expected) =>
        new($"{option} is {value.ToString(null, CultureInfo.InvariantCulture)}; give {expected}.");
}
