using Microsoft.ML.Hydra.Fitted;

namespace Microsoft.ML.Hydra;

/// <summary>Facts about a fitted Hydra model.</summary>
public sealed class HydraModelParameters
{
    private readonly FittedModel _model;

    internal HydraModelParameters(FittedModel model) => _model = model;

    /// <summary>A copy of the options the model was trained with, the seed and what was chosen from the data filled in; those of the run (checkpoints, progress, cancellation) are not saved.</summary>
    public HydraSequenceRecommendationTrainer.Options Options => _model.Options.Copy();

    /// <summary>Type of an item as ML.NET writes it, such as "String", "Int32" or "Key&lt;UInt32, 0-3705&gt;".</summary>
    public string ItemType => _model.Vocabulary.ItemType.ToString()!;

    /// <summary>Size of the catalogue.</summary>
    public int NumberOfItems => _model.Vocabulary.Count;

    /// <summary>The domains of its items; empty where it was trained without <see cref="HydraSequenceRecommendationTrainer.Options.DomainColumnName"/>.</summary>
    public IReadOnlyList<string> Domains => _model.Domains?.Names ?? [];

    /// <summary>Number of trained weights, item vectors included.</summary>
    public long NumberOfParameters => _model.Weights.Sum(w => (long)w.Data.Length);

    /// <summary>Metrics of every epoch that was trained.</summary>
    public IReadOnlyList<EpochMetrics> Epochs => _model.Epochs;

    /// <summary>Number of epochs that were trained.</summary>
    public int NumberOfEpochsTrained => Epochs.Count;

    /// <summary>The epoch whose weights the model has, from 1.</summary>
    public int BestEpoch => _model.BestEpoch;

    /// <summary>NDCG@10 of the whole model, prior included, on the events held out in training; NaN when nothing was held out. Where a prior was searched for, found or not, it is the figure of that search, on at most 4,096 of them.</summary>
    public double ValidationNdcgAt10 => _model.ValidationNdcgAt10;

    /// <summary>Whether a prior from co-occurrence counts is added to the scores.</summary>
    public bool HasCooccurrencePrior => _model.HasPrior;

    /// <summary>Whether the model makes vectors of items from their words and numbers, so that items can be added to it.</summary>
    public bool HasItemEncoder => _model.Items is not null;

    /// <summary>Slot names of the column of words that the model was trained with; empty where it had none.</summary>
    public IReadOnlyList<string> ItemTextSlotNames => _model.Items?.Encoder.TextNames ?? [];

    /// <summary>Slot names of the column of numbers that the model was trained with; empty where it had none.</summary>
    public IReadOnlyList<string> ItemFeatureSlotNames => _model.Items?.Encoder.NumberNames ?? [];
}
