using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Persistence;

namespace Microsoft.ML.Hydra.Robustness.Models;

/// <summary>A tiny model to be mutated: a few hundred weights, so that a case takes a fraction of a millisecond.</summary>
internal sealed class SampleModel
{
    private SampleModel(string name, FittedModel model, int[] deniedRows)
    {
        (Name, Model) = (name, model);
        object[]? denied = deniedRows.Length == 0 ? null : [.. deniedRows.Select(model.Vocabulary.IdOf)];
        Denied = denied;
        var entries = new MemoryModelEntries();
        FittedModelArchive.Write(entries, model, CandidateFilter.Create(model.Vocabulary, model.Options.ExcludeSeenItems, null, denied));
        Entries = entries;
    }

    /// <summary>All samples. They differ in the type of the items, in switches, and in what they hold.</summary>
    public static IReadOnlyList<SampleModel> All { get; } =
    [
        Create("texts", RandomModel.Texts(12)),
        Create("texts, clock, prior", RandomModel.Texts(9), clock: true, prior: true, denied: [2, 5]),
        Create("integers, rotary", RandomModel.Integers(NumberDataViewType.Int32, 20), o => (o.UseItemGate, o.UseRotaryGate, o.NumberOfLayers) = (true, true, 2)),
        Create("longs, prior, normalised", RandomModel.Integers(NumberDataViewType.Int64, 15), o => (o.NormalizeScores, o.ExcludeSeenItems) = (true, false), prior: true),
        Create("keys with values", RandomModel.Keys(10, hasValues: true), o => (o.IncludeCatalogScores, o.NumberOfRecommendations) = (true, 3), denied: [1]),
        Create("keys, clock", RandomModel.Keys(70, hasValues: false), o => o.UseItemGate = true, clock: true),
    ];

    /// <summary>A model that takes new items. It is not in the list, so that the cases of the others keep their numbers.</summary>
    public static SampleModel WithEncoder { get; } = Create("texts, encoder of items, prior", RandomModel.Texts(11), prior: true, encoder: true);

    /// <summary>A model of two domains, each with an encoder of its own. It is not in the list either.</summary>
    public static SampleModel WithDomains { get; } = Create(
        "texts, domains", RandomModel.Texts(12), o => (o.DomainColumnName, o.SeparateSequenceModels) = ("Shop", true), prior: true, domains: true);

    /// <summary>What is special about it.</summary>
    public string Name { get; }

    /// <summary>The model.</summary>
    public FittedModel Model { get; }

    /// <summary>Ids that may not be recommended, or null.</summary>
    public object[]? Denied { get; }

    /// <summary>The model as it is saved.</summary>
    public MemoryModelEntries Entries { get; }

    private static SampleModel Create(
        string name, ItemVocabulary vocabulary, Action<TrainerOptions>? change = null, bool clock = false, bool prior = false, bool encoder = false, int[]? denied = null,
        bool domains = false)
    {
        var options = new TrainerOptions
        {
            EmbeddingDimension = 4,
            NumberOfLayers = 1,
            NumberOfLatentHeads = 2,
            StateDimension = 3,
            InnerHeadDimension = 2,
            ConvolutionKernelSize = 3,
            FeedForwardDimension = 5,
            MaximumTokensPerBatch = 64,
            LearningRate = 0.01,
            DropoutRate = 0.1,
            LaterTargetRate = 0,
            Seed = 1,
            TimestampsColumnName = clock ? "Times" : null,
        };
        change?.Invoke(options);
        var random = new Random(name.Length);
        FittedModel model = RandomModel.Create(options, vocabulary, random, prior);
        model = domains ? RandomModel.WithDomains(model, random) : model;
        return new SampleModel(name, encoder ? RandomModel.WithEncoder(model, random) : model, denied ?? []);
    }
}
