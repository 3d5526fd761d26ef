using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra;

/// <summary>A fitted Hydra model: recommends the next items of sequences.</summary>
/// <remarks>
/// Immutable and safe for any number of threads and prediction engines at once. It scores on the CPU in managed code: a process
/// that only loads and predicts needs no native torch. For the columns it reads and adds see
/// <see cref="HydraSequenceRecommendationTrainer"/>. Engines and views that were made before it is disposed keep working; the
/// weights are freed when the last of them is collected.
/// </remarks>
public sealed partial class HydraSequenceRecommendationTransformer : ITransformer, IDisposable
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly SharedModel.Lease[] _leases;    // of each encoder: one, or one for each domain
    private readonly CandidateFilter _filter;
    private readonly ScoringModel _scoring;
    private int _disposed;
    private int _reportedSkipped;

    internal HydraSequenceRecommendationTransformer(
        IHostEnvironment environment, FittedModel fitted, RecommendationOptions options, CandidateFilter filter)
        : this(environment, fitted, Array.ConvertAll(fitted.ShareEncoders(Environment.ProcessorCount), model => model.Acquire()), options, filter)
    {
    }

    private HydraSequenceRecommendationTransformer(
        IHostEnvironment environment, FittedModel fitted, SharedModel.Lease[] leases, RecommendationOptions options, CandidateFilter filter)
    {
        _environment = environment;
        _host = environment.Register(nameof(HydraSequenceRecommendationTransformer));
        (Fitted, _leases, Recommendations, _filter) = (fitted, leases, options, filter);
        _scoring = new ScoringModel(
            fitted.Vocabulary, fitted.ItemCounts, leases[0].Score,
            new InputColumns(fitted.Options.ItemsColumnName, fitted.Options.LabelColumnName, fitted.Options.TimestampsColumnName), fitted.Clock);
        Model = new HydraModelParameters(fitted);
    }

    /// <summary>Facts about the model.</summary>
    public HydraModelParameters Model { get; }

    /// <summary>What is recommended.</summary>
    public RecommendationOptions Recommendations { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    internal FittedModel Fitted { get; }

    /// <summary>The same model with other recommendations. The weights are shared; each transformer is disposed on its own.</summary>
    /// <param name="options">What to recommend; start from <see cref="Recommendations"/> with a <c>with</c> expression to change a part.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a list holds items of another type than the model's.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public HydraSequenceRecommendationTransformer WithRecommendations(RecommendationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfDisposed();
        return new HydraSequenceRecommendationTransformer(
            _environment, Fitted, Acquire(), options, Filter(_environment, Fitted, options));
    }

    /// <summary>The same model with more items, recommended from what is known of them, without training.</summary>
    /// <remarks>
    /// An item gets its vector from its words and numbers, in managed code, and links to the items that are alike. What the model knows already stays as it
    /// is: items that it has are not changed, and states of users that were made with this model are read by the new one. The two share nothing;
    /// each is disposed on its own. Save the new model to keep it. <see cref="RecommendationOptions.AllowedItems"/> and
    /// <see cref="RecommendationOptions.DeniedItems"/> apply to new items that they name; a saved model keeps an allow list as the items of its own that are
    /// denied, so set the list again after loading.
    /// </remarks>
    /// <param name="newItems">
    /// A row an item, with the columns that <see cref="HydraSequenceRecommendationTrainer.Options.Items"/> had in the training. Items that the model has are
    /// skipped, and so are items of which it knows no word and that have no numbers.
    /// </param>
    /// <exception cref="InvalidOperationException">The model was trained without <see cref="HydraSequenceRecommendationTrainer.Options.Items"/>, or on keys; or a row has no item, an item twice, or an infinite number.</exception>
    /// <exception cref="ArgumentException">A column is missing or of another type than in the training.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled by the <c>MLContext</c>.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public HydraSequenceRecommendationTransformer WithItems(IDataView newItems)
    {
        ArgumentNullException.ThrowIfNull(newItems);
        ThrowIfDisposed();
        ItemEncoder encoder = Fitted.Items?.Encoder ?? throw new InvalidOperationException(
            "The model knows its items by their ids only, so it cannot recommend others; train it with Options.Items to add items from their words and numbers.");
        if (Fitted.Vocabulary is KeyItemVocabulary)
        {
            throw new InvalidOperationException(
                $"The model's items are keys ({Fitted.Vocabulary.ItemType}), and their number is fixed; train it on text or integer ids to add items.");
        }

        ItemColumns columns = ItemColumns.Of(Fitted.Options);
        encoder.CheckColumns(newItems.Schema, columns);
        ItemContent content = new ItemContentReader(newItems, columns, Fitted.Vocabulary, Fitted.Domains is null ? null : DomainOfNewItem).Read(() => CheckCancelled("Adding items"));
        encoder.Check(content, columns);
        FittedModel extended = NewItems.Append(Fitted, content, Environment.ProcessorCount, out int leftOut);
        if (leftOut > 0)
        {
            using IChannel channel = _environment.Start("Items");
            channel.Warning(MessageSensitivity.None, "New items left out: {0}; the model knows none of their words, and they have no numbers.", leftOut);
        }

        return new HydraSequenceRecommendationTransformer(
            _environment, extended, Recommendations, Filter(_environment, extended, Recommendations));
    }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RecommendationSchema(Plan(_leases), inputSchema).Output;
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ThrowIfDisposed();
        return new RecommendationMapper(Plan(Acquire()), inputSchema);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ThrowIfDisposed();
        return new RecommendationDataView(Plan(Acquire()), input);
    }

    /// <summary>Finds the items that are most similar to one for the model: those whose vectors have the smallest angle to its vector.</summary>
    /// <typeparam name="TItem">Type of the items, as <see cref="HydraUserState"/> takes them.</typeparam>
    /// <param name="item">The item; never among those found.</param>
    /// <param name="numberOfItems">Most items to find; at least 1.</param>
    /// <returns>
    /// The nearest items, nearest first, with the cosine of the angle between the two vectors, −1 to 1; only items that
    /// <see cref="RecommendationOptions.AllowedItems"/> and <see cref="RecommendationOptions.DeniedItems"/> allow. Empty when the model does not know
    /// the item.
    /// </returns>
    /// <exception cref="ArgumentException">The items are of another type.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public RecommendedItem<TItem>[] GetSimilarItems<TItem>(TItem item, int numberOfItems)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfItems, 1);
        ThrowIfDisposed();
        return ExplanationOf(item).FindSimilar(item, numberOfItems);
    }

    /// <summary>Measures how much each event of a history moved an item's score, by occlusion.</summary>
    /// <remarks>
    /// An event's contribution is the item's score after the whole history minus its score after the history without that event.
    /// Contributions do not add up to the score: two events that say the same have little each. The
    /// contribution of an only event is the whole score. A history of n events is scored n + 1 times, so the cost grows with n². A model that reads a clock
    /// scores it as events without times.
    /// </remarks>
    /// <typeparam name="TItem">Type of the items, as <see cref="HydraUserState"/> takes them.</typeparam>
    /// <param name="history">Items of the events, oldest first; those that the model does not know are left out.</param>
    /// <param name="item">The item whose score is explained; it need not be one that may be recommended.</param>
    /// <param name="numberOfEvents">Most events to give; at least 1.</param>
    /// <returns>The events that moved the score most, up or down, first. Empty when the model knows no event of the history, or not the item.</returns>
    /// <exception cref="ArgumentException">The items are of another type.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled by the <c>MLContext</c>.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public ExplainedEvent<TItem>[] Explain<TItem>(ReadOnlySpan<TItem> history, TItem item, int numberOfEvents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfEvents, 1);
        ThrowIfDisposed();
        return ExplanationOf(item).FindContributions(history, item, numberOfEvents);
    }

    /// <summary>Saves the model as a zip that <c>mlContext.Model.Load</c> reads.</summary>
    /// <remarks>
    /// <c>mlContext.Model.Save</c> makes the same zip, and takes a whole pipeline, but writes it to temporary files first. This needs space at the target only.
    /// </remarks>
    /// <param name="inputSchema">Schema of the input, which is saved with the model; <see langword="null"/> for none.</param>
    /// <param name="filePath">
    /// The file; its directory must exist. It is written under another name beside it and renamed when it is complete: a file that is there stays as it is until
    /// then, and after a failure. A link is followed.
    /// </param>
    /// <exception cref="IOException">The file cannot be written. The model is still in memory: save it to another place.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public void Save(DataViewSchema? inputSchema, string filePath)
    {
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        ThrowIfDisposed();
        try
        {
            var file = new FileInfo(filePath);
            FileSystemInfo target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true)!;
            AtomicFile.Write(target.FullName, stream => Save(inputSchema, stream));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The model could not be saved as '{filePath}': {cause.Message.TrimEnd('.')}; it is still in memory, so save it to another place, and a file that was at that path is as it was.", cause);
        }
    }

    /// <param name="inputSchema">Schema of the input, which is saved with the model; <see langword="null"/> for none.</param>
    /// <param name="stream">Receives the zip, forward only; left open.</param>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    /// <inheritdoc cref="Save(DataViewSchema, string)"/>
    public void Save(DataViewSchema? inputSchema, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ThrowIfDisposed();
        using var zip = new MlNetZip(stream);
        FittedModelArchive.Write(zip, Fitted.With(Recommendations), _filter);
        zip.Finish(_environment as MLContext ?? new MLContext(), inputSchema);
    }

    /// <summary>Releases this transformer's share of the weights. May be called more than once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Array.ForEach(_leases, lease => lease.Dispose());
        }
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ThrowIfDisposed();
        try
        {
            MlNetModel.Save(ctx, writer => FittedModelArchive.Write(writer, Fitted.With(Recommendations), _filter));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The model could not be saved: {cause.Message.TrimEnd('.')}. It is still in memory. ML.NET writes a model to the folder '{HostFacts.TempFilePath(_environment)}' first: "
                + "set MLContext.TempFilePath, or the environment variable TMPDIR, to a folder with more space and save it again, or save it with the transformer's own Save, which needs no such folder.",
                cause);
        }
    }

    internal static HydraSequenceRecommendationTransformer Load(IHostEnvironment environment, IModelEntryReader reader)
    {
        MlNetMembers.Require();
        (FittedModel fitted, CandidateFilter filter) = FittedModelArchive.Read(reader);
        RecommendationOptions options = RecommendationOptions.From(fitted.Options) with { DeniedItems = filter.ExcludedIds(fitted.Vocabulary) };
        return new HydraSequenceRecommendationTransformer(environment, fitted, options, filter);
    }

    /// <summary>Checks what is to be recommended and finds the items; logs how many of them the model does not know.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or an item is of another type than the model's.</exception>
    internal static CandidateFilter Filter(IHostEnvironment environment, FittedModel model, RecommendationOptions options)
    {
        DomainRules.Check(model, options);
        return Filter(environment, model.Vocabulary, options);
    }

    /// <inheritdoc cref="Filter(IHostEnvironment, FittedModel, RecommendationOptions)"/>
    internal static CandidateFilter Filter(IHostEnvironment environment, ItemVocabulary vocabulary, RecommendationOptions options)
    {
        if (options.NumberOfRecommendations < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), $"NumberOfRecommendations is {options.NumberOfRecommendations}; it must be at least 1.");
        }

        CandidateFilter filter = CandidateFilter.Create(vocabulary, options.ExcludeSeenItems, options.AllowedItems, options.DeniedItems);
        if (filter.NumberOfUnknownAllowedItems + filter.NumberOfUnknownDeniedItems > 0)
        {
            using IChannel channel = environment.Start("Recommendations");
            channel.Warning(
                MessageSensitivity.UserData,
                "The model does not know {0} of AllowedItems and {1} of DeniedItems; they are ignored.",
                filter.NumberOfUnknownAllowedItems,
                filter.NumberOfUnknownDeniedItems);
        }

        return filter;
    }

    private SharedModel.Lease[] Acquire() => Array.ConvertAll(_leases, lease => lease.Model.Acquire());

    // The leases travel in the scorers' delegates: they live as long as whoever scores with them.
    private RecommendationPlan Plan(SharedModel.Lease[] leases)
    {
        RecommendationPlan all = Plan(leases[0], _filter);
        return Fitted.Domains is not { } domains || Recommendations.AcrossDomains ? all : all with
        {
            Domains = new DomainPlans(domains, Fitted.Options.DomainColumnName!, domain => Plan(Of(leases, domain), _filter.Within(domains.Excluded(domain)))),
        };
    }

    private RecommendationPlan Plan(SharedModel.Lease lease, CandidateFilter filter) => new()
    {
        Model = _scoring.WithScorer(lease.Score),
        Filter = filter,
        NumberOfRecommendations = Recommendations.NumberOfRecommendations,
        IncludeCatalogScores = Recommendations.IncludeCatalogScores,
        ItemsSkipped = ReportSkipped,
        CheckCancelled = () => CheckCancelled("Scoring"),
    };

    private static SharedModel.Lease Of(SharedModel.Lease[] leases, int domain) => leases[leases.Length == 1 ? 0 : domain];

    private void CheckCancelled(string work)
    {
        if (HostFacts.IsCanceled(_host))
        {
            throw new OperationCanceledException($"{work} was cancelled.");
        }
    }

    private int DomainOfNewItem(string name) => DomainRules.Find(Fitted.Domains, name, isNeeded: true);

    // In the domain of the item, where the model has several.
    private Explanation ExplanationOf<TItem>(TItem item)
    {
        RecommendationPlan plan = Plan(_leases);
        int row = Fitted.Vocabulary.Ids<TItem>().FindRow(item), domain = Math.Max(0, row > 0 && Fitted.Domains is { } domains ? domains.Of(row) : 0);
        return new Explanation(Of(_leases, domain), plan.Domains?.Of(domain) ?? plan);
    }

    private void ReportSkipped(long missing, long unknown)
    {
        if (Interlocked.Exchange(ref _reportedSkipped, 1) == 0)
        {
            using IChannel channel = _host.Start("Scoring");
            channel.Warning(
                MessageSensitivity.All,
                "Column \"{0}\": skipped {1} missing items (empty text, 0 or missing key) and {2} that the model does not know; later ones are not reported.",
                Fitted.Options.ItemsColumnName,
                missing,
                unknown);
        }
    }

    private void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _disposed) != 0)
        {
            throw new ObjectDisposedException(
                nameof(HydraSequenceRecommendationTransformer),
                "The model was disposed. A prediction engine disposes the transformer that it was made from, unless PredictionEngineOptions.OwnsTransformer is false: " +
                "make engines with CreatePredictionEngine<TSrc, TDst>(model, new PredictionEngineOptions { OwnsTransformer = false }), and dispose the model after them.");
        }
    }
}
