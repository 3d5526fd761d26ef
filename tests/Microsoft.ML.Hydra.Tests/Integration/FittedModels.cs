namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Models that many tests read, each fitted when the first of them asks.</summary>
public sealed class FittedModels : IDisposable
{
    /// <summary>Name of the collection of the tests that share the models; they run one after another.</summary>
    public const string Collection = "Fitted models";

    private readonly Lazy<HydraSequenceRecommendationTransformer> _text;
    private readonly Lazy<HydraSequenceRecommendationTransformer> _numbers;
    private readonly Lazy<SavedModel> _savedText;

    public FittedModels()
    {
        _text = new(() => Fit(Shelves.Texts()));
        _numbers = new(() => Fit(Shelves.Numbers()));
        _savedText = new(() => SavedModel.Save(Context, Text, Shelves.Load(Context, Shelves.Texts()).Schema));
    }

    /// <summary>The context of all of them.</summary>
    public MLContext Context { get; } = new(seed: 1);

    /// <summary>Trained on items as text.</summary>
    public HydraSequenceRecommendationTransformer Text => _text.Value;

    /// <summary>Trained on items as Int32.</summary>
    public HydraSequenceRecommendationTransformer Numbers => _numbers.Value;

    /// <summary>The text model, saved.</summary>
    internal SavedModel SavedText => _savedText.Value;

    public void Dispose()
    {
        foreach (var model in new[] { _text, _numbers }.Where(model => model.IsValueCreated))
        {
            model.Value.Dispose();
        }
    }

    private HydraSequenceRecommendationTransformer Fit<T>(T[][] histories) =>
        Context.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options()).Fit(Shelves.Load(Context, histories));
}
