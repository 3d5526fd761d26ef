namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Models that many tests read, each fitted when the first of them asks.</summary>
public sealed class FittedModels : IDisposable
{
    /// <summary>Name of the collection of the tests that share the models; they run one after another.</summary>
    public const string Collection = "Fitted models";

    private readonly Lazy<HydraSequenceRecommendationTransformer> _text;
    private readonly Lazy<HydraSequenceRecommendationTransformer> _numbers;
    private readonly Lazy<HydraSequenceRecommendationTransformer> _worded;
    private readonly Lazy<HydraSequenceRecommendationTransformer> _numbered;
    private readonly Lazy<SavedModel> _savedText;

    public FittedModels()
    {
        _text = new(() => Fit(Shelves.Texts()));
        _numbers = new(() => Fit(Shelves.Numbers()));
        _worded = new(() => Fit(Shelves.Texts(customers: 400), Wares.Load(Context, Wares.All())));
        _numbered = new(() => Fit(
            Shelves.Numbers(customers: 400),
            Wares.LoadNumbers(Context, [.. Enumerable.Range(1, Shelves.NumberOfItems).Select(item => (item, Wares.Text(item), Wares.Numbers(item)))])));
        _savedText = new(() => SavedModel.Save(Context, Text, Shelves.Load(Context, Shelves.Texts()).Schema));
    }

    /// <summary>The context of all of them.</summary>
    public MLContext Context { get; } = new(seed: 1);

    /// <summary>Trained on items as text.</summary>
    public HydraSequenceRecommendationTransformer Text => _text.Value;

    /// <summary>Trained on items as Int32.</summary>
    public HydraSequenceRecommendationTransformer Numbers => _numbers.Value;

    /// <summary>Trained on items as text with their words.</summary>
    public HydraSequenceRecommendationTransformer Worded => _worded.Value;

    /// <summary>Trained on items as Int32 with their words and numbers.</summary>
    public HydraSequenceRecommendationTransformer Numbered => _numbered.Value;

    /// <summary>The text model, saved.</summary>
    internal SavedModel SavedText => _savedText.Value;

    public void Dispose()
    {
        foreach (var model in new[] { _text, _numbers, _worded, _numbered }.Where(model => model.IsValueCreated))
        {
            model.Value.Dispose();
        }
    }

    private HydraSequenceRecommendationTransformer Fit<T>(T[][] histories, IDataView? items = null)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.Items = items;
        return Context.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(Context, histories));
    }
}
