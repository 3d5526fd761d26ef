using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra;

/// <summary>Facts about a fitted Hydra model.</summary>
public sealed class HydraModelParameters
{
    private readonly HydraSequenceRecommendationTrainer.Options _options;

    internal HydraModelParameters(
        HydraSequenceRecommendationTrainer.Options options,
        string itemType,
        int numberOfItems,
        long numberOfParameters,
        IReadOnlyList<EpochMetrics> epochs,
        int bestEpoch)
    {
        _options = options;
        (ItemType, NumberOfItems, NumberOfParameters, Epochs, BestEpoch) = (itemType, numberOfItems, numberOfParameters, epochs, bestEpoch);
    }

    /// <summary>A copy of the options the model was trained with; those of the run (checkpoints, progress, cancellation) are not saved.</summary>
    public HydraSequenceRecommendationTrainer.Options Options => OptionsJson.Copy(_options);

    /// <summary>Type of an item as ML.NET writes it, such as "String", "Int32" or "Key&lt;UInt32, 0-3705&gt;".</summary>
    public string ItemType { get; }

    /// <summary>Size of the catalogue.</summary>
    public int NumberOfItems { get; }

    /// <summary>Number of trained weights, item vectors included.</summary>
    public long NumberOfParameters { get; }

    /// <summary>Metrics of every epoch that was trained.</summary>
    public IReadOnlyList<EpochMetrics> Epochs { get; }

    /// <summary>Number of epochs that were trained.</summary>
    public int NumberOfEpochsTrained => Epochs.Count;

    /// <summary>The epoch whose weights the model has, from 1.</summary>
    public int BestEpoch { get; }
}
