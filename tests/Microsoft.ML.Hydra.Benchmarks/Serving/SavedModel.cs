using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>
/// A model's zip in a temporary directory, which is deleted with this object. The model was fitted by the public trainer for one epoch
/// over every item once: its weights are nearly random, which costs a scorer as much as trained ones.
/// </summary>
internal sealed class SavedModel : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hydra-race-");

    /// <param name="options">Sizes of the model.</param>
    /// <param name="items">Items of the catalogue.</param>
    /// <param name="prior">Whether to add a co-occurrence prior in which every item has the maximum number of links.</param>
    public SavedModel(HydraSequenceRecommendationTrainer.Options options, int items, bool prior = false)
    {
        (options.NumberOfEpochs, options.Validation) = (1, SequenceValidation.None);
        IDataView sequences = Histories.View(Context, Histories.OfAll(items));
        using HydraSequenceRecommendationTransformer model = Context.SequenceRecommendation().Trainers.Hydra(options).Fit(sequences);
        using HydraSequenceRecommendationTransformer saved = prior ? WithPrior(model, items) : model;
        Context.Model.Save(saved, sequences.Schema, Zip);
        (NumberOfItems, NumberOfParameters) = (items, model.Model.NumberOfParameters);
    }

    /// <summary>The context that loads the model.</summary>
    public MLContext Context { get; } = new(seed: 1);

    /// <summary>Items of the catalogue.</summary>
    public int NumberOfItems { get; }

    /// <summary>Trained weights.</summary>
    public long NumberOfParameters { get; }

    private string Zip => Path.Combine(_directory.FullName, "model.zip");

    /// <summary>Loads the model.</summary>
    public HydraSequenceRecommendationTransformer Load() => (HydraSequenceRecommendationTransformer)Context.Model.Load(Zip, out _);

    public void Dispose() => _directory.Delete(recursive: true);

    private HydraSequenceRecommendationTransformer WithPrior(HydraSequenceRecommendationTransformer model, int items)
    {
        var random = new Random(7);
        var links = new ItemLinksBuilder();
        for (int row = 1; row <= items; row++)
        {
            foreach (int target in random.GetItems([.. Enumerable.Range(1, items)], 2 * Cooccurrences.MaximumLinks).Distinct().Take(Cooccurrences.MaximumLinks).Order())
            {
                links.Add(target, (double)(Half)(0.001 + (0.1 * Math.Pow(random.NextDouble(), 4))));
            }

            links.EndRow();
        }

        FittedModel fitted = model.Fitted with { Prior = new CooccurrencePrior(links.Build(), new CooccurrenceShape(CooccurrenceReach.Near, 0.3, 0.85), 1000, 1) };
        return new(Context, fitted, model.Recommendations, CandidateFilter.Create(fitted.Vocabulary, excludeSeen: true, allowed: null, denied: null));
    }
}
