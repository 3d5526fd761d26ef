namespace Microsoft.ML.Hydra.Text;

/// <summary>How <see cref="ItemTextCatalog.Tune"/> tunes a language model.</summary>
public sealed class TextTuningOptions
{
    /// <summary>The column of the items' view with the item: text, an integer or a key, of the type in the sequences. Default "ItemId".</summary>
    public string ItemIdColumnName { get; set; } = "ItemId";

    /// <summary>
    /// The columns of the items' view with the text: text or vectors of text, at least one. The texts of an item are joined by one space, without those that are
    /// empty. The transformer reads the same columns. Default "Text".
    /// </summary>
    public string[] TextColumnNames { get; set; } = ["Text"];

    /// <summary>The vector column of the sequences with the items, oldest first. Default "Items".</summary>
    public string ItemsColumnName { get; set; } = "Items";

    /// <summary>The column that the transformer adds. Default "Features", which is where <see cref="HydraSequenceRecommendationTrainer.Options.Items"/> has its numbers.</summary>
    public string OutputColumnName { get; set; } = "Features";

    /// <summary>
    /// A column with the domain of a row, such as a shop or a language: of the sequences, of the items, or of both. Each step then has items of one domain and compares
    /// them with the items of that domain only, and the validation is the mean of the domains. Sequences and items that name a domain in the same way share it. Default <see langword="null"/>: one domain.
    /// </summary>
    public string? DomainColumnName { get; set; }

    /// <summary>What is tuned. Default <see cref="TextTuning.Full"/>.</summary>
    public TextTuning Tuning { get; set; } = TextTuning.Full;

    /// <summary>How the vectors of tokens become one; <see cref="TextPooling.Automatic"/>, the default, keeps that of the encoder.</summary>
    /// <remarks>
    /// With <see cref="TextPooling.ItemToken"/> and an encoder that has none, a vector <c>[ITEM]</c> is trained that starts as that of the closing token; it is trained by
    /// <see cref="TextTuning.Full"/> only.
    /// </remarks>
    public TextPooling Pooling { get; set; } = TextPooling.Automatic;

    /// <summary>Layers that <see cref="TextTuning.TopLayers"/> trains, at least 1. Default 2.</summary>
    public int NumberOfTopLayers { get; set; } = 2;

    /// <summary>Rank of the factors of <see cref="TextTuning.Lora"/>, at least 1. Default 8.</summary>
    public int LoraRank { get; set; } = 8;

    /// <summary>Passes over the items, at least 1. The best one by validation is kept. Default 8.</summary>
    public int NumberOfPasses { get; set; } = 8;

    /// <summary>
    /// The highest learning rate, above 0; it rises over the first 5 % of the steps and falls as a cosine to 5 % of itself. Default <see langword="null"/>:
    /// 0.0004, with <see cref="TextTuning.Lora"/> 0.001 and with <see cref="TextTuning.Projection"/> 0.002.
    /// </summary>
    public double? LearningRate { get; set; }

    /// <summary>Most items of a step, at least 2. Default 256.</summary>
    public int BatchSize { get; set; } = 256;

    /// <summary>The temperature of the softmax at the start, 0.01 to 1; it is learned. Default 0.1.</summary>
    public double Temperature { get; set; } = 0.1;

    /// <summary>Items this many events away, in either direction, count as neighbours, with the weight 1 / distance; at least 1. Default 3.</summary>
    public int Window { get; set; } = 3;

    /// <summary>
    /// <see cref="TextTuning.EndToEnd"/>: steps of the sequence model for each pass of the language model over the items, at least 1. Default 200. There are as many
    /// passes as the training of the sequence model has steps for, whatever <see cref="NumberOfPasses"/> says.
    /// </summary>
    public int StepsPerPass { get; set; } = 200;

    /// <summary>
    /// <see cref="TextTuning.EndToEnd"/>: the options of the sequence model. Default <see langword="null"/>: those of the trainer. The columns, the items, the
    /// threads and the progress are those of the tuning.
    /// </summary>
    public HydraSequenceRecommendationTrainer.Options? SequenceModel { get; set; }

    /// <summary>Seed of every random choice: the same seed gives the same bits on the same machine, with the same number of threads. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Threads of the tuning, at least 1. Default <see langword="null"/>: as many as there are processors.</summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>
    /// A directory that receives a checkpoint after each pass; created where it is missing. A tuning that finds checkpoints there goes on from the last one, and gives the
    /// same bits as one that was not interrupted; checkpoints of other data or options are an error. Default <see langword="null"/>: none are written.
    /// </summary>
    public string? CheckpointPath { get; set; }

    /// <summary>Receives each pass when it has ended, pass 0, the encoder as it is, first. Default <see langword="null"/>.</summary>
    public IProgress<TextTuningPass>? Progress { get; set; }

    /// <summary>Ends the tuning before the next step. <c>Fit</c> then gives the best encoder so far; it throws where pass 0 has not been measured.</summary>
    public CancellationToken CancellationToken { get; set; }
}
