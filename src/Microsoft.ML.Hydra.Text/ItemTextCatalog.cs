using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Text;

/// <summary>What is done with the texts of items. Made by <c>mlContext.SequenceRecommendation().Text</c>.</summary>
public sealed class ItemTextCatalog
{
    private readonly IHostEnvironment _environment;

    internal ItemTextCatalog(IHostEnvironment environment) => _environment = environment;

    /// <summary>Adds a column with the vector of a text, from a language model as it is.</summary>
    /// <remarks>
    /// <para>
    /// Nothing is encoded by <c>Fit</c> or <c>Transform</c>: texts are encoded in batches while the column is read, and each text once. The column's slots are named
    /// after the encoder, so that a model which was trained on the column refuses the vectors of another encoder.
    /// </para>
    /// <para>The column is what <see cref="HydraSequenceRecommendationTrainer.Options.Items"/> reads: give it the name of <c>ItemFeaturesColumnName</c>.</para>
    /// </remarks>
    /// <param name="outputColumnName">The column to add: <c>VectorDataViewType(Single, encoder.Dimension)</c>. A column of that name is hidden by it.</param>
    /// <param name="inputColumnNames">The columns with the text: text or vectors of text, at least one. All texts of a row are joined by one space, without those that are empty.</param>
    /// <param name="encoder">
    /// The language model. It is used as long as the transformer and its views are, and disposed by whoever made it, not by them.
    /// </param>
    /// <param name="cachePath">
    /// A file that keeps the vectors for later runs; made where it is missing, in a directory that exists. A text is found by the SHA-256 of it and of
    /// <see cref="TextEncoder.Identity"/>, so one file may serve many encoders and many processes at once. <see langword="null"/>: vectors are kept in memory with the
    /// transformer, 256 MB of them at most.
    /// </param>
    /// <returns>An estimator; its <c>Fit</c> reads no rows.</returns>
    /// <exception cref="ArgumentException">A name is empty, there is no input column, or one is given twice.</exception>
    public TextVectorEstimator Featurize(string outputColumnName, string[] inputColumnNames, TextEncoder encoder, string? cachePath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentNullException.ThrowIfNull(inputColumnNames);
        ArgumentNullException.ThrowIfNull(encoder);
        return new TextVectorEstimator(_environment, new Featurizing.TextColumns(outputColumnName, inputColumnNames), encoder, cachePath);
    }

    /// <summary>Tunes a language model on what users did: items that follow each other in histories get vectors that are alike.</summary>
    /// <remarks>
    /// <para>
    /// A stage of its own, before the trainer. Each item with a text and with neighbours in a history is one row of the loss, once a pass: a softmax over its cosines with all
    /// items of the domain has to find its neighbours, the items within <see cref="TextTuningOptions.Window"/> events. So the time is that of items × passes, whatever the number
    /// of events.
    /// </para>
    /// <para>
    /// The last event of each sequence of three or more is held out. After each pass the neighbours of the item before it are compared with it, and the best pass is kept; pass 0 is the
    /// encoder as it is, so by this measure the tuned encoder is never worse. Give the <c>TrainSet</c> of a split: events that are used for a test must not be among the sequences.
    /// </para>
    /// </remarks>
    /// <param name="sequences">A row a user with a vector of items, oldest first. Read once by <c>Fit</c>.</param>
    /// <param name="items">A row an item with its text, items without events among them. Read once by <c>Fit</c>.</param>
    /// <param name="encoder">The language model to start from, made by <see cref="TextEncoder.FromFolder"/>; it is not changed. Prompt and largest number of tokens are kept.</param>
    /// <param name="options">The options; <see langword="null"/> for the defaults.</param>
    /// <returns>An estimator; its <c>Fit</c> tunes.</returns>
    /// <exception cref="ArgumentException">The encoder was not made from a folder, or an option is outside its range.</exception>
    public TextTuningEstimator Tune(IDataView sequences, IDataView items, TextEncoder encoder, TextTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(encoder);
        return new TextTuningEstimator(
            _environment, sequences, items,
            encoder as Encoders.FolderEncoder ?? throw new ArgumentException(
                "The encoder has no weights that can be tuned: it was made by FromOnnx or From. Make it with TextEncoder.FromFolder.", nameof(encoder)),
            options ?? new TextTuningOptions());
    }
}
