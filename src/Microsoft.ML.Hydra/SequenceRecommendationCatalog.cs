using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Sequences;
using Microsoft.ML.Hydra.Tuning;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra;

/// <summary>
/// Next-item recommendation: from interactions to sequences, splits, trainers and metrics. Made by
/// <c>mlContext.SequenceRecommendation()</c>.
/// </summary>
public sealed class SequenceRecommendationCatalog
{
    private readonly IHostEnvironment _environment;

    internal SequenceRecommendationCatalog(IHostEnvironment environment)
    {
        _environment = environment;
        Trainers = new SequenceRecommendationTrainers(environment);
    }

    /// <summary>The trainers of next-item recommendation.</summary>
    public SequenceRecommendationTrainers Trainers { get; }

    /// <summary>The context, for packages that add to this catalog.</summary>
    internal IHostEnvironment Environment => _environment;

    /// <summary>Turns interactions, one a row in any order, into sequences, one row a user.</summary>
    /// <param name="interactions">The interactions. Read once, through one cursor.</param>
    /// <param name="userColumnName">Column with the user: text, an integer type or a key. Rows without one are skipped.</param>
    /// <param name="itemColumnName">
    /// Column with the item: text, an integer type or a key. Rows without one are skipped; so are rows with the integer 0, which means missing.
    /// </param>
    /// <param name="timestampColumnName">
    /// Column with the time: an integer, floating or DateTime type. A user's events are sorted by it; ties keep their input
    /// order. <see langword="null"/> keeps the input order.
    /// </param>
    /// <returns>
    /// A view with the user column under its name, <c>Items</c> (a vector of the item column's type, oldest first) and,
    /// with a timestamp column, <c>Timestamps</c> (Int64, Double or DateTime, aligned with <c>Items</c>). Users come in the order of
    /// their first row.
    /// </returns>
    public IDataView GroupInteractions(
        IDataView interactions,
        string userColumnName = "UserId",
        string itemColumnName = "ItemId",
        string? timestampColumnName = null)
    {
        var options = new InteractionGroupingOptions
        {
            UserColumnName = userColumnName, ItemColumnName = itemColumnName, TimestampColumnName = timestampColumnName,
        };
        return GroupInteractions(interactions, options, out _);
    }

    /// <summary>As <see cref="GroupInteractions(IDataView, string, string, string)"/>, with more choices.</summary>
    /// <param name="interactions">The interactions. Read once, through one cursor.</param>
    /// <param name="options">The columns, and whether repeats are left out.</param>
    /// <inheritdoc cref="GroupInteractions(IDataView, string, string, string)" path="/returns"/>
    public IDataView GroupInteractions(IDataView interactions, InteractionGroupingOptions options) =>
        GroupInteractions(interactions, options, out _);

    /// <summary>As <see cref="GroupInteractions(IDataView, string, string, string)"/>, with more choices and a report of what was read.</summary>
    /// <param name="interactions">The interactions. Read once, through one cursor.</param>
    /// <param name="options">The columns, and whether repeats are left out.</param>
    /// <param name="report">What was read and skipped, and which column gives the order. It is also written to the log of the context.</param>
    /// <inheritdoc cref="GroupInteractions(IDataView, string, string, string)" path="/returns"/>
    public IDataView GroupInteractions(IDataView interactions, InteractionGroupingOptions options, out InteractionReport report)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        ArgumentNullException.ThrowIfNull(options);
        return InteractionGrouping.Group(_environment, interactions, options, out report);
    }

    /// <summary>Holds out the last item of each sequence.</summary>
    /// <param name="sequences">A row a user with a vector of items, oldest first, as from <see cref="GroupInteractions(IDataView, string, string, string)"/>.</param>
    /// <param name="itemsColumnName">The vector column with the items.</param>
    /// <param name="timestampsColumnName">A vector column aligned with the items and cut with them; ignored when absent.</param>
    /// <returns>
    /// <c>TrainSet</c>: every sequence without its last item. <c>TestSet</c>: that same history and <c>NextItem</c>, the item
    /// held out. A sequence of one item stays whole in the train set and is not tested.
    /// </returns>
    public SequenceTrainTestData SplitLeaveLastOut(
        IDataView sequences, string itemsColumnName = "Items", string timestampsColumnName = "Timestamps")
    {
        ArgumentNullException.ThrowIfNull(sequences);
        return SequenceSplitting.LeaveLastOut(_environment, sequences, itemsColumnName, timestampsColumnName);
    }

    /// <summary>Splits all users at one moment: earlier events train, and the first item from that moment on is to be predicted.</summary>
    /// <param name="sequences">A row a user with aligned vectors of items and timestamps.</param>
    /// <param name="boundary">
    /// The first moment of the test period. Int64 and Double timestamps are read as Unix seconds and the boundary as UTC; DateTime
    /// timestamps are compared with it unchanged, so give it in their time zone (UTC where they were DateTimeOffset).
    /// </param>
    /// <param name="itemsColumnName">The vector column with the items.</param>
    /// <param name="timestampsColumnName">The vector column with the times.</param>
    /// <returns>
    /// <c>TrainSet</c>: the events before the boundary of every user who has one. <c>TestSet</c>: users with events on both sides, their events before
    /// it and, as <c>NextItem</c>, their first event from it on.
    /// </returns>
    public SequenceTrainTestData SplitByTime(
        IDataView sequences, DateTime boundary, string itemsColumnName = "Items", string timestampsColumnName = "Timestamps")
    {
        ArgumentNullException.ThrowIfNull(sequences);
        return SequenceSplitting.ByTime(_environment, sequences, boundary, itemsColumnName, timestampsColumnName);
    }

    /// <summary>As <see cref="SplitByTime(IDataView, DateTime, string, string)"/>, at the moment that leaves a given share of all events after it.</summary>
    /// <param name="sequences">A row a user with aligned vectors of items and timestamps.</param>
    /// <param name="testFraction">Share of all events, the latest ones, that make the test period; above 0 and below 1.</param>
    /// <param name="itemsColumnName">The vector column with the items.</param>
    /// <param name="timestampsColumnName">The vector column with the times.</param>
    public SequenceTrainTestData SplitByTime(
        IDataView sequences, double testFraction = 0.1, string itemsColumnName = "Items", string timestampsColumnName = "Timestamps")
    {
        ArgumentNullException.ThrowIfNull(sequences);
        return SequenceSplitting.ByTime(_environment, sequences, testFraction, itemsColumnName, timestampsColumnName);
    }

    /// <summary>
    /// Holds out the last item of each sequence, and makes a share of the items new: they are taken out of every history, so that a model first meets them as the
    /// item to predict. Measures what a model makes of items that it was not trained on.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The items are drawn uniformly from all items of the sequences, whole items, by a hash of the seed and of the id as text. The draw depends neither on the
    /// order of the data nor on the type of the ids, and with the same seed a larger share contains the items of a smaller one.
    /// </para>
    /// <para>
    /// Every user of <see cref="SplitLeaveLastOut"/> is tested, with the same <c>NextItem</c>. A history may have no event left; its row stays in the test set,
    /// where models recommend what is popular.
    /// </para>
    /// </remarks>
    /// <param name="sequences">
    /// A row a user with a vector of items, oldest first, as from <see cref="GroupInteractions(IDataView, string, string, string)"/>. Read once at the call, and again
    /// with each part.
    /// </param>
    /// <param name="share">Share of the items that are new, above 0 and below 1. At least one item is new and at least one is not. Default 0.1.</param>
    /// <param name="seed">Another seed makes other items new. Default 1.</param>
    /// <param name="itemsColumnName">The vector column with the items: text, an integer type or keys.</param>
    /// <param name="timestampsColumnName">A vector column aligned with the items and cut with them; ignored when absent.</param>
    /// <returns>
    /// <c>TrainSet</c>: every sequence without its last item and without the new items; sequences without any other item are left out. <c>TestSet</c>: that same
    /// history and <c>NextItem</c>, the item held out, new or not. A sequence of one item is not tested. <c>ColdItems</c>: the ids of the new items.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not above 0 and below 1.</exception>
    /// <exception cref="ArgumentException">There is no such column of items, or it has another type.</exception>
    /// <exception cref="InvalidOperationException">The sequences have fewer than two different items.</exception>
    public SequenceColdItemsData SplitColdItems(
        IDataView sequences, double share = 0.1, int seed = 1, string itemsColumnName = "Items", string timestampsColumnName = "Timestamps")
    {
        ArgumentNullException.ThrowIfNull(sequences);
        return SequenceSplitting.WithColdItems(_environment, sequences, share, seed, itemsColumnName, timestampsColumnName);
    }

    /// <summary>
    /// Loads a model that <c>mlContext.Model.Save</c> wrote, without temporary files: <c>mlContext.Model.Load</c> unpacks it into the folder
    /// <c>MLContext.TempFilePath</c> first, which fails where no folder can be written to.
    /// </summary>
    /// <remarks>
    /// The zip may hold a chain of transformers with one Hydra model among them: that model is loaded alone, and a warning is logged when there are others. Use
    /// <c>mlContext.Model.Load</c> for the whole chain. Checks are the same in both ways.
    /// </remarks>
    /// <param name="path">The zip. It is open for reading while the model is loaded, and not afterwards.</param>
    /// <returns>The model, at work in the same way as after training.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is not such a zip, holds no Hydra model or several, is damaged, or was saved by a later version in a format that this version does not read.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read, or there is none.</exception>
    public HydraSequenceRecommendationTransformer LoadModel(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        return LoadModel(stream);
    }

    /// <param name="stream">The zip; left open. A stream that cannot seek is first read into memory.</param>
    /// <inheritdoc cref="LoadModel(string)"/>
    public HydraSequenceRecommendationTransformer LoadModel(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            return MlNetZipReader.Read(stream, (entries, hasOthers) =>
            {
                if (hasOthers)
                {
                    using IChannel channel = _environment.Start("LoadModel");
                    channel.Warning(
                        MessageSensitivity.None,
                        "The zip holds other transformers beside the Hydra model; LoadModel leaves them out, and mlContext.Model.Load loads the whole chain.");
                }

                return HydraSequenceRecommendationTransformer.Load(_environment, entries);
            });
        }
        catch (InvalidDataException e)
        {
            // Without a parser's exception inside: the innermost exception is the one that a user looks at.
            throw new InvalidDataException(e.Message);
        }
    }

    /// <summary>Measures recommendations against the items that came next.</summary>
    /// <param name="data">The output of a fitted transformer on data with the label column.</param>
    /// <param name="labelColumnName">The column with the item that came next, as given to the trainer.</param>
    /// <returns>Exact full-catalogue metrics at any k.</returns>
    public SequenceRecommendationMetrics Evaluate(IDataView data, string labelColumnName = "NextItem")
    {
        ArgumentNullException.ThrowIfNull(data);
        return SequenceEvaluator.Evaluate(_environment, data, labelColumnName);
    }

    /// <summary>
    /// Fits a simple baseline on the train set and measures it on the test set, ranked over the full catalogue as a
    /// trained model is. A trained model should be better.
    /// </summary>
    /// <param name="baseline">Which baseline.</param>
    /// <param name="trainSet">Sequences to count on.</param>
    /// <param name="testSet">Histories with the item that came next.</param>
    /// <param name="itemsColumnName">The vector column with the items.</param>
    /// <param name="labelColumnName">The column with the item that came next.</param>
    /// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type; or the baseline is <see cref="SequenceBaseline.TextNeighbors"/>, which needs a view of items: give it in a
    /// <see cref="SequenceBaselineOptions"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The train set has no items, or the test set has no rows.</exception>
    public SequenceRecommendationMetrics EvaluateBaseline(
        SequenceBaseline baseline,
        IDataView trainSet,
        IDataView testSet,
        string itemsColumnName = "Items",
        string labelColumnName = "NextItem",
        bool excludeSeenItems = true)
    {
        var options = new SequenceBaselineOptions
        {
            ItemsColumnName = itemsColumnName, LabelColumnName = labelColumnName, ExcludeSeenItems = excludeSeenItems,
        };
        return EvaluateBaseline(baseline, trainSet, testSet, options);
    }

    /// <summary>As <see cref="EvaluateBaseline(SequenceBaseline, IDataView, IDataView, string, string, bool)"/>, with more choices.</summary>
    /// <param name="baseline">Which baseline.</param>
    /// <param name="trainSet">Sequences to count on.</param>
    /// <param name="testSet">Histories with the item that came next.</param>
    /// <param name="options">The columns, which items are ranked, and what is known of the items.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, the view of items describes no item of the train set, a list of items has ids of another type, or the baseline is
    /// <see cref="SequenceBaseline.TextNeighbors"/> and <see cref="SequenceBaselineOptions.Items"/> is not set.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The train set has no items, the test set has no rows, or a row of the view of items has no item, an item of an earlier row, or an infinite number.
    /// </exception>
    public SequenceRecommendationMetrics EvaluateBaseline(
        SequenceBaseline baseline, IDataView trainSet, IDataView testSet, SequenceBaselineOptions options)
    {
        ArgumentNullException.ThrowIfNull(trainSet);
        ArgumentNullException.ThrowIfNull(testSet);
        ArgumentNullException.ThrowIfNull(options);
        return BaselineEvaluator.Evaluate(_environment, baseline, trainSet, testSet, options);
    }

    /// <summary>Searches for better trainer options within a time, starting from the defaults.</summary>
    /// <param name="trainSet">A row a user with the items column, as from a split: the search must not see the items that test its result.</param>
    /// <param name="searchSpace">What to vary, such as <see cref="HydraSearchSpace.Default"/>.</param>
    /// <param name="budget">Time after which the best options so far are returned.</param>
    /// <inheritdoc cref="Tune(IDataView, HydraSearchSpace, HydraTuningOptions)"/>
    public HydraTuningResult Tune(IDataView trainSet, HydraSearchSpace searchSpace, TimeSpan budget) =>
        Tune(trainSet, searchSpace, new HydraTuningOptions { Budget = budget });

    /// <summary>
    /// Searches for better trainer options by successive halving (arXiv 1502.07943) on validation NDCG@10: many configurations train briefly, the best third
    /// trains three times as long, and so on up to the full number of epochs; then the search continues with new configurations.
    /// </summary>
    /// <remarks>
    /// <para>Trial 1 has the trainer's own options and all epochs, so the result on the held-out items is never worse than theirs.</para>
    /// <para>
    /// Every trial is a whole training with a learning rate schedule of its own length: a schedule that stops early would favour low rates, because
    /// high rates are better only after they have decreased.
    /// </para>
    /// <para>
    /// The configurations that are tried depend only on seed, space and options, and promotions only on results. So trials that two searches have in
    /// common are the same to the bit on the CPU of the same machine; time only decides how many trials there are.
    /// </para>
    /// </remarks>
    /// <param name="trainSet">A row a user with the items column, as from a split: the search must not see the items that test its result. Read once for each trial.</param>
    /// <param name="searchSpace">What to vary, such as <see cref="HydraSearchSpace.Default"/>.</param>
    /// <param name="options">The budget, the options to start from, and where to keep the state of the search.</param>
    /// <returns>The best options and all trials. A trial that diverges counts as NDCG@10 0.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, the space has no configuration to try, or the data have no sequences to train and validate on.</exception>
    /// <exception cref="InvalidOperationException">
    /// The time ended before the first trial was finished, or the directory cannot be used, or it holds a search, or another search when resuming.
    /// </exception>
    /// <exception cref="InvalidDataException">The journal of the search to resume is damaged.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled, and there is nothing to return or the trainer's options say to throw.</exception>
    public HydraTuningResult Tune(IDataView trainSet, HydraSearchSpace searchSpace, HydraTuningOptions options)
    {
        ArgumentNullException.ThrowIfNull(trainSet);
        ArgumentNullException.ThrowIfNull(searchSpace);
        ArgumentNullException.ThrowIfNull(options);
        return TuningRun.Run(
            trainSet, searchSpace.Parameters, options, HostFacts.Of(_environment).Seed, trial => Train(trainSet, trial));
    }

    private TrialOutcome Train(IDataView trainSet, HydraSequenceRecommendationTrainer.Options options)
    {
        try
        {
            using HydraSequenceRecommendationTransformer fitted = Trainers.Hydra(options).Fit(trainSet);
            HydraModelParameters model = fitted.Model;
            return new TrialOutcome(
                model.ValidationNdcgAt10, model.BestEpoch, model.NumberOfEpochsTrained, model.Epochs[^1].Elapsed, null);
        }
        catch (HydraTrainingDivergedException diverged)
        {
            using HydraSequenceRecommendationTransformer? good = diverged.LastGoodModel;
            return new TrialOutcome(0, 0, good?.Model.NumberOfEpochsTrained ?? 0, TimeSpan.Zero, diverged.Message);
        }
    }

    /// <summary>The trainers of next-item recommendation.</summary>
    public sealed class SequenceRecommendationTrainers
    {
        private readonly IHostEnvironment _environment;

        internal SequenceRecommendationTrainers(IHostEnvironment environment) => _environment = environment;

        /// <summary>A Hydra sequence model (multi-head latent Mamba, arXiv 2504.07398) with default options.</summary>
        /// <param name="itemsColumnName">The vector column with the items, oldest first.</param>
        /// <param name="labelColumnName">The column with the item that came next, used for <c>LabelRank</c> only.</param>
        public HydraSequenceRecommendationTrainer Hydra(string itemsColumnName = "Items", string labelColumnName = "NextItem") =>
            Hydra(new HydraSequenceRecommendationTrainer.Options
            {
                ItemsColumnName = itemsColumnName,
                LabelColumnName = labelColumnName,
            });

        /// <summary>A Hydra sequence model (multi-head latent Mamba, arXiv 2504.07398) with the options given.</summary>
        /// <param name="options">The options; they are copied, later changes have no effect.</param>
        public HydraSequenceRecommendationTrainer Hydra(HydraSequenceRecommendationTrainer.Options options)
        {
            ArgumentNullException.ThrowIfNull(options);
            return new HydraSequenceRecommendationTrainer(_environment, options);
        }
    }
}
