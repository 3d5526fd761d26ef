namespace Microsoft.ML.Hydra;

/// <summary>A split in which some items are new: no history holds them. Made by <see cref="SequenceRecommendationCatalog.SplitColdItems"/>.</summary>
/// <example>
/// New items among themselves, with a model that knows them:
/// <code>
/// model.WithRecommendations(model.Recommendations with { AllowedItems = split.ColdItems })
/// </code>
/// </example>
public sealed class SequenceColdItemsData
{
    internal SequenceColdItemsData(IDataView trainSet, IDataView testSet, object[] coldItems)
    {
        TrainSet = trainSet;
        TestSet = testSet;
        ColdItems = Array.AsReadOnly(coldItems);
    }

    /// <summary>The sequences to train on: every column of the source, with the sequence columns cut and without the new items.</summary>
    public IDataView TrainSet { get; }

    /// <summary>
    /// The sequences to evaluate on: every column of the source, with the sequence columns cut to the history without the new items,
    /// the column <c>NextItem</c> with the item that came next, new or not, and, where there are timestamps, <c>NextTimestamp</c> with its time.
    /// </summary>
    public IDataView TestSet { get; }

    /// <summary>
    /// The ids of the new items, each once, in the order of the draw: strings, integers of the column's type, or the values of keys (their numbers where they have
    /// none), as <see cref="RecommendationOptions.AllowedItems"/> and <see cref="RecommendationOptions.DeniedItems"/> take them.
    /// </summary>
    public IReadOnlyList<object> ColdItems { get; }
}
