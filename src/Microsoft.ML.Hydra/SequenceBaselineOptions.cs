using System.Collections;

namespace Microsoft.ML.Hydra;

/// <summary>
/// How <see cref="SequenceRecommendationCatalog.EvaluateBaseline(SequenceBaseline, IDataView, IDataView, SequenceBaselineOptions)"/> measures a baseline. The
/// names and defaults are those of the trainer's options, so that a baseline is measured as a trained model is.
/// </summary>
public sealed class SequenceBaselineOptions
{
    /// <summary>The vector column of the train set and of the test set with the items, oldest first. Default "Items".</summary>
    public string ItemsColumnName { get; set; } = "Items";

    /// <summary>The column of the test set with the item that came next. Default "NextItem".</summary>
    public string LabelColumnName { get; set; } = "NextItem";

    /// <inheritdoc cref="RecommendationOptions.ExcludeSeenItems"/>
    public bool ExcludeSeenItems { get; set; } = true;

    /// <summary>
    /// The only items that may be recommended, in the type of the items column (for key columns the key values), or <see langword="null"/>, the default, for all
    /// items. Items that are neither in the train set nor in <see cref="Items"/> are ignored, and a warning in the log says how many.
    /// </summary>
    public IEnumerable? AllowedItems { get; set; }

    /// <summary>Items that are never recommended, typed as <see cref="AllowedItems"/>, or <see langword="null"/>, the default.</summary>
    public IEnumerable? DeniedItems { get; set; }

    /// <summary>
    /// What is known of the items besides their ids, one row for each item, as in <see cref="HydraSequenceRecommendationTrainer.Options.Items"/>: the column
    /// <see cref="ItemIdColumnName"/> and at least one of <see cref="ItemTextColumnName"/> and <see cref="ItemFeaturesColumnName"/>. Its items that are not in
    /// the train set are candidates too, and a baseline that only counts ranks them last. Default <see langword="null"/>;
    /// <see cref="SequenceBaseline.TextNeighbors"/> needs it.
    /// </summary>
    public IDataView? Items { get; set; }

    /// <summary>Column of <see cref="Items"/> with the item, of the type of the items of the sequences. Default "ItemId".</summary>
    public string ItemIdColumnName { get; set; } = "ItemId";

    /// <summary>Column of <see cref="Items"/> with the words of the item: text, or a vector of text. Default "Text".</summary>
    public string ItemTextColumnName { get; set; } = "Text";

    /// <summary>
    /// Column of <see cref="Items"/> with numbers that describe the item, a vector of Single of known size. NaN is a number that is not known; the mean is used.
    /// Default "Features".
    /// </summary>
    public string ItemFeaturesColumnName { get; set; } = "Features";
}
