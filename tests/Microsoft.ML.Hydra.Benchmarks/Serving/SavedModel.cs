namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>
/// A model's zip in a directory of its own, which is deleted with this. The model was fitted by the public trainer for one epoch over
/// every item once: its weights are all but random, which costs a scorer no less than trained ones do.
/// </summary>
internal sealed class SavedModel : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hydra-race-");

    /// <param name="options">Sizes of the model.</param>
    /// <param name="items">Items of the catalogue.</param>
    public SavedModel(HydraSequenceRecommendationTrainer.Options options, int items)
    {
        (options.NumberOfEpochs, options.Validation) = (1, SequenceValidation.None);
        IDataView sequences = Histories.View(Context, Histories.OfAll(items));
        using HydraSequenceRecommendationTransformer model = Context.SequenceRecommendation().Trainers.Hydra(options).Fit(sequences);
        Context.Model.Save(model, sequences.Schema, Zip);
        (NumberOfItems, NumberOfParameters) = (items, model.Model.NumberOfParameters);
    }

    /// <summary>Where it is loaded.</summary>
    public MLContext Context { get; } = new(seed: 1);

    /// <summary>Items of the catalogue.</summary>
    public int NumberOfItems { get; }

    /// <summary>Trained weights.</summary>
    public long NumberOfParameters { get; }

    private string Zip => Path.Combine(_directory.FullName, "model.zip");

    /// <summary>Loads it.</summary>
    public HydraSequenceRecommendationTransformer Load() => (HydraSequenceRecommendationTransformer)Context.Model.Load(Zip, out _);

    public void Dispose() => _directory.Delete(recursive: true);
}
