using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Hydra;

public sealed partial class HydraSequenceRecommendationTrainer
{
    /// <summary>Everything that can be set on <see cref="HydraSequenceRecommendationTrainer"/>; saved with the model.</summary>
    public sealed class Options
    {
        // ---- columns ----

        /// <summary>Vector column with a row's items, oldest first: text, any integer type, or keys. Default "Items".</summary>
        public string ItemsColumnName { get; set; } = "Items";

        /// <summary>
        /// Column with the item that came next, read only when the transformer's input has it, to add <c>LabelRank</c>.
        /// Default "NextItem".
        /// </summary>
        public string LabelColumnName { get; set; } = "NextItem";

        /// <summary>
        /// Vector column with the times of the items' events, aligned with them and oldest first: any integer or floating type, or DateTime.
        /// Default <see langword="null"/>: the model reads no clock and knows the order of events only. With it the gaps between
        /// events set the step sizes of Mamba, in training and wherever the model scores; the column must then be there.
        /// </summary>
        /// <remarks>
        /// An event at time <c>s_t</c> has the features <c>f_t = [(log(1 + g) − mean) / sd, 1 if g = 0]</c> of its gap
        /// <c>g = max(0, s_t − s_(t−1))</c>, with mean and standard deviation over the training events, and
        /// <c>dt = softplus(raw + dt_bias + W_time f_t)</c>; <c>W_time</c>, for each inner head, starts at 0. The unit is free, but must be the same
        /// everywhere; a DateTime counts in Unix seconds. The first event of a history and events whose time is missing (NaN, the zero DateTime)
        /// have <c>f = 0</c>.
        /// </remarks>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? TimestampsColumnName { get; set; }

        /// <summary>
        /// Column with the domain of a row, such as a shop or a language: one text, integer or key. <see cref="Items"/>, where it is set, must have it too. Default
        /// <see langword="null"/>: there is one domain. With it an item belongs to one domain, a row is recommended items of its own domain, and the events
        /// of other domains in a history are context.
        /// </summary>
        /// <remarks>
        /// The domain of an item is that of its row in <see cref="Items"/>; of an item that has none there, that of the sequences it occurs in, which must
        /// then be one. A training batch holds sequences of one domain, the loss compares the items of this domain only, and so does the validation, of
        /// which the figure is the mean of the domains.
        /// </remarks>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? DomainColumnName { get; set; }

        /// <summary>
        /// What is known of the items besides their ids, one row for each item: the column <see cref="ItemIdColumnName"/> and at least one of
        /// <see cref="ItemTextColumnName"/> and <see cref="ItemFeaturesColumnName"/>. Default <see langword="null"/>: the model knows ids only.
        /// </summary>
        [JsonIgnore]
        public IDataView? Items { get; set; }

        /// <summary>Column of <see cref="Items"/> with the item, of the type of the items of the sequences. Default "ItemId".</summary>
        public string ItemIdColumnName { get; set; } = "ItemId";

        /// <summary>Column of <see cref="Items"/> with the words of the item: text, or a vector of text. Default "Text".</summary>
        public string ItemTextColumnName { get; set; } = "Text";

        /// <summary>
        /// Column of <see cref="Items"/> with numbers that describe the item, a vector of Single of known size. NaN is a number that is not known; the
        /// mean takes its place. Default "Features".
        /// </summary>
        public string ItemFeaturesColumnName { get; set; } = "Features";

        // ---- model (arXiv 2504.07398; sizes of arXiv 2405.21060) ----

        /// <summary>
        /// Width <c>d</c> of item vectors and of the residual stream. Default 0: that of the earlier model where training continues from one, else
        /// 128 from 500,000 training events on if an item has 100 of them on average, and 64 otherwise. 0 to 4096, a multiple of
        /// <see cref="NumberOfLatentHeads"/> when <see cref="LatentHeadDimension"/> is 0.
        /// </summary>
        [Range(0, 4096)]
        public int EmbeddingDimension { get; set; }

        /// <summary>Number <c>L</c> of Hydra layers. Default 3; 1 to 64.</summary>
        [Range(1, 64)]
        public int NumberOfLayers { get; set; } = 3;

        /// <summary>Number <c>v</c> of latent heads, each with its own Mamba-2. Default 4; 1 to 256.</summary>
        [Range(1, 256)]
        public int NumberOfLatentHeads { get; set; } = 4;

        /// <summary>Width <c>d_c</c> of one latent head. Default 0: <c>d / v</c>. 0 to 4096.</summary>
        [Range(0, 4096)]
        public int LatentHeadDimension { get; set; }

        /// <summary>Inner width of a latent head as a multiple of <c>d_c</c>. Default 2; 1 to 16.</summary>
        [Range(1, 16)]
        public int ExpansionFactor { get; set; } = 2;

        /// <summary>State size <c>N</c> of Mamba-2. Default 32; 1 to 1024.</summary>
        [Range(1, 1024)]
        public int StateDimension { get; set; } = 32;

        /// <summary>Width <c>P</c> of one inner head of Mamba-2; divides <c>ExpansionFactor · d_c</c>. Default 16; 1 to 1024.</summary>
        [Range(1, 1024)]
        public int InnerHeadDimension { get; set; } = 16;

        /// <summary>Taps <c>k</c> of the causal convolution. Default 4; 1 to 16.</summary>
        [Range(1, 16)]
        public int ConvolutionKernelSize { get; set; } = 4;

        /// <summary>Inner width of the SwiGLU feed-forward. Default 0: <c>8 d / 3</c>, rounded up to a multiple of 8. 0 to 65536.</summary>
        [Range(0, 65536)]
        public int FeedForwardDimension { get; set; }

        /// <summary>Whether the mixer's output is gated by the item (the <c>Z</c> path of the paper). Default <see langword="false"/>: it did not improve the results (docs/quality.md).</summary>
        public bool UseItemGate { get; set; }

        /// <summary>
        /// Whether rotary positions turn the item gate (the paper's RoPE, base 10000). Default <see langword="false"/>: without it
        /// the model knows order through its state alone. Needs <see cref="UseItemGate"/> and an even latent head dimension.
        /// </summary>
        public bool UseRotaryGate { get; set; }

        /// <summary>
        /// Whether each domain has an encoder of sequences of its own, all layers and norms. Default <see langword="false"/>: the domains share one. Used only with
        /// <see cref="DomainColumnName"/>.
        /// </summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool SeparateSequenceModels { get; set; }

        /// <summary>
        /// Whether sequence and item vectors are L2-normalised before their product. Default <see langword="false"/>.
        /// The product is then divided by <see cref="Temperature"/>.
        /// </summary>
        public bool NormalizeScores { get; set; }

        /// <summary>Temperature of normalised scores. Default 0.05; above 0. Used only with <see cref="NormalizeScores"/>.</summary>
        [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
        public double Temperature { get; set; } = 0.05;

        // ---- training ----

        /// <summary>
        /// Longest window of a history that is trained on in one piece. Longer histories are cut into several windows; no event is lost.
        /// Scoring always reads the whole history. Default 200; 2 to 1,000,000.
        /// </summary>
        [Range(2, 1_000_000)]
        public int MaximumSequenceLength { get; set; } = 200;

        /// <summary>Most epochs to train. Default 20; 1 to 100,000.</summary>
        [Range(1, 100_000)]
        public int NumberOfEpochs { get; set; } = 20;

        /// <summary>
        /// Most events in one batch; at least one window always fits. 0 to 100,000,000. Default 0: about 64 batches an epoch of
        /// 1,024 to 6,400 events, of 1,600 at most where an item has fewer than 100 training events on average and <see cref="LaterTargetRate"/> is 0.
        /// </summary>
        [Range(0, 100_000_000)]
        public int MaximumTokensPerBatch { get; set; }

        /// <summary>
        /// Peak learning rate of AdamW; above 0. Default <see langword="null"/>: 0.006; but where an item has fewer than 100 training events on
        /// average, <see cref="LaterTargetRate"/> is 0 and a batch has at most 1,600 events: from 100,000 training events on 600 divided by their
        /// number, and 0.003 from 200,000 on.
        /// </summary>
        [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
        public double? LearningRate { get; set; }

        /// <summary>Steps over which the learning rate rises from 0. Default 100; at least 0; at most a tenth of all steps is used.</summary>
        [Range(0, int.MaxValue)]
        public int NumberOfWarmupSteps { get; set; } = 100;

        /// <summary>The share of the peak that the cosine schedule ends at. Default 0.05; 0 to 1.</summary>
        [Range(0.0, 1.0)]
        public double FinalLearningRateFraction { get; set; } = 0.05;

        /// <summary>Decoupled weight decay, never applied to norms, biases, A_log, dt_bias, W_time and D. Default 0; at least 0.</summary>
        [Range(0.0, double.MaxValue)]
        public double WeightDecay { get; set; }

        /// <summary>First moment decay of AdamW. Default 0.9; 0 to below 1.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Beta1 { get; set; } = 0.9;

        /// <summary>Second moment decay of AdamW. Default 0.98; 0 to below 1.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Beta2 { get; set; } = 0.98;

        /// <summary>Largest L2 norm of all gradients together; larger ones are scaled down. Default 1; at least 0; 0 switches clipping off.</summary>
        [Range(0.0, double.MaxValue)]
        public double MaximumGradientNorm { get; set; } = 1;

        /// <summary>
        /// Dropout rate on item vectors and on the output of each sub-layer; 0 to below 1. Default <see langword="null"/>: 0.5 up
        /// to 200,000 training events, 0.2 from 1,000,000 on, and in between by their logarithm.
        /// </summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double? DropoutRate { get; set; }

        /// <summary>
        /// Share of the training targets that are one of the ten events after the next event, drawn anew each epoch, instead of the next event
        /// (after the dense all-action loss of PinnerFormer, arXiv 2205.04507, section 3.3); 0 to below 1. Default <see langword="null"/>: 0, and
        /// 0.5 where the order of events says little, that is where counts of pairs up to 20 events apart predict the last events of 2,000 or
        /// more sequences better than counts of near pairs do. A model that is trained further keeps its rate.
        /// </summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double? LaterTargetRate { get; set; }

        /// <summary>The loss. Default <see cref="SequenceLoss.Softmax"/>.</summary>
        public SequenceLoss Loss { get; set; } = SequenceLoss.Softmax;

        /// <summary>Negatives shared by a batch under <see cref="SequenceLoss.SampledSoftmax"/>. Default 4096; 1 to 10,000,000.</summary>
        [Range(1, 10_000_000)]
        public int NumberOfNegatives { get; set; } = 4096;

        /// <summary>What is held out for early stopping. Default <see cref="SequenceValidation.LeaveLastOut"/>.</summary>
        public SequenceValidation Validation { get; set; } = SequenceValidation.LeaveLastOut;

        /// <summary>Most sequences used for validation, a seeded sample of all. Default 0: all of them. At least 0.</summary>
        [Range(0, int.MaxValue)]
        public int MaximumValidationSequences { get; set; }

        /// <summary>
        /// Epochs without a better validation NDCG@10 after which training stops. Default 5; at least 0; 0 never stops early.
        /// The best weights are restored either way.
        /// </summary>
        [Range(0, int.MaxValue)]
        public int Patience { get; set; } = 5;

        /// <summary>
        /// Seed of everything random. Default <see langword="null"/>: the seed of the <see cref="MLContext"/>, and without one
        /// a random seed drawn when the trainer is made.
        /// </summary>
        public int? Seed { get; set; }

        // ---- after training ----

        /// <summary>
        /// Whether a prior from windowed co-occurrence counts is fitted to the trained model on the held-out events and added to its scores.
        /// Default <see langword="true"/>; there is none without held-out events, or where none improves the result.
        /// </summary>
        public bool UseCooccurrencePrior { get; set; } = true;

        /// <summary>
        /// Whether the prior counts the held-out events too, once its numbers are chosen on them. Default <see langword="true"/>.
        /// Switch it off to compare with models that see the held-out events as input only.
        /// </summary>
        public bool CountValidationEvents { get; set; } = true;

        /// <summary>
        /// What the items with events may lose of their validation NDCG@10, as a share, so that new items are recommended. Default 0.007; 0 to below 1. A higher
        /// value shows new items more often. It is fitted with a tenth of the items in the part of new ones, so it has an effect only with <see cref="Items"/>
        /// and held-out events; without them new items have the vectors of their words and numbers as they are.
        /// </summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double MaximumLossToNewItems { get; set; } = 0.007;

        // ---- recommendations ----

        /// <inheritdoc cref="RecommendationOptions.NumberOfRecommendations"/>
        [Range(1, int.MaxValue)]
        public int NumberOfRecommendations { get; set; } = 10;

        /// <inheritdoc cref="RecommendationOptions.ExcludeSeenItems"/>
        public bool ExcludeSeenItems { get; set; } = true;

        /// <inheritdoc cref="RecommendationOptions.AllowedItems"/>
        [JsonIgnore]
        public IEnumerable? AllowedItems { get; set; }

        /// <inheritdoc cref="RecommendationOptions.DeniedItems"/>
        [JsonIgnore]
        public IEnumerable? DeniedItems { get; set; }

        /// <inheritdoc cref="RecommendationOptions.AcrossDomains"/>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool AcrossDomains { get; set; }

        /// <inheritdoc cref="RecommendationOptions.IncludeCatalogScores"/>
        public bool IncludeCatalogScores { get; set; }

        // ---- the run; not saved with the model ----

        /// <summary>
        /// Most threads of one training step on the CPU, or <see langword="null"/> for as many as there are processors, the
        /// default. 1 to 1024. Results do not depend on it.
        /// </summary>
        [JsonIgnore]
        [Range(1, 1024)]
        public int? NumberOfThreads { get; set; }

        /// <summary>Directory for checkpoints, one an epoch, or <see langword="null"/> for none. Created when missing.</summary>
        [JsonIgnore]
        public string? CheckpointDirectory { get; set; }

        /// <summary>How many of the latest checkpoints are kept. Default 2; at least 1.</summary>
        [JsonIgnore]
        [Range(1, int.MaxValue)]
        public int NumberOfCheckpoints { get; set; } = 2;

        /// <summary>
        /// Whether training continues from the latest checkpoint in <see cref="CheckpointDirectory"/>. Default
        /// <see langword="false"/>: the directory must then hold no checkpoint. The data and the options must be those of the
        /// interrupted run.
        /// </summary>
        [JsonIgnore]
        public bool ResumeFromCheckpoint { get; set; }

        /// <summary>
        /// Directory that the model is to be saved in with <see cref="HydraSequenceRecommendationTransformer.Save(DataViewSchema, string)"/>, or
        /// <see langword="null"/>, the default. <c>Fit</c> refuses one that cannot be written or has too little space before the first epoch. Without one it
        /// checks the folder that <c>mlContext.Model.Save</c> needs (<see cref="MLContext.TempFilePath"/>), and only warns.
        /// </summary>
        [JsonIgnore]
        public string? SaveDirectory { get; set; }

        /// <summary>Receives the metrics of each epoch, on the training thread.</summary>
        [JsonIgnore]
        public IProgress<EpochMetrics>? Progress { get; set; }

        /// <summary>Cancels training within one step, as the cancellation of the <see cref="MLContext"/> does.</summary>
        [JsonIgnore]
        public CancellationToken CancellationToken { get; set; }

        /// <summary>What a cancelled <c>Fit</c> does. Default <see cref="CancellationBehavior.Throw"/>.</summary>
        [JsonIgnore]
        public CancellationBehavior CancellationBehavior { get; set; }

        /// <summary>A copy that later changes to the original, or to its lists, do not reach.</summary>
        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            (copy.AllowedItems, copy.DeniedItems) = (CopyOf(AllowedItems), CopyOf(DeniedItems));
            return copy;

            // A string is not a list of items and is refused later, as it is.
            static IEnumerable? CopyOf(IEnumerable? items) => items is null or string ? items : items.Cast<object>().ToArray();
        }
    }
}
