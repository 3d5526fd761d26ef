using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Options;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary>The options of the rival: the trainer's options with the same meaning, with their defaults, and attention heads.</summary>
internal sealed class RivalOptions
{
    private const int DefaultSeed = 1;

    // Names of the trainer's options that have the same meaning for a SASRec
    private static readonly string[] s_shared =
    [
        nameof(TrainerOptions.EmbeddingDimension), nameof(TrainerOptions.NumberOfLayers), nameof(TrainerOptions.FeedForwardDimension),
        nameof(TrainerOptions.MaximumSequenceLength), nameof(TrainerOptions.NumberOfEpochs), nameof(TrainerOptions.MaximumTokensPerBatch),
        nameof(TrainerOptions.LearningRate), nameof(TrainerOptions.NumberOfWarmupSteps), nameof(TrainerOptions.FinalLearningRateFraction),
        nameof(TrainerOptions.WeightDecay), nameof(TrainerOptions.Beta1), nameof(TrainerOptions.Beta2), nameof(TrainerOptions.MaximumGradientNorm),
        nameof(TrainerOptions.DropoutRate), nameof(TrainerOptions.LaterTargetRate), nameof(TrainerOptions.Loss), nameof(TrainerOptions.NumberOfNegatives), nameof(TrainerOptions.Validation),
        nameof(TrainerOptions.MaximumValidationSequences), nameof(TrainerOptions.Patience), nameof(TrainerOptions.Seed), nameof(TrainerOptions.ExcludeSeenItems),
        nameof(TrainerOptions.CountValidationEvents),
    ];

    /// <summary>The trainer's options. The width of the latent heads, which a SASRec does not have, is one that is valid with every other size.</summary>
    public TrainerOptions Training { get; private init; } = new() { Seed = DefaultSeed, LatentHeadDimension = 16 };

    /// <summary>Attention heads. Default 2; a divisor of the width.</summary>
    public int NumberOfHeads { get; set; } = 2;

    /// <summary>The model's sizes for a catalogue; it has a position for each event of a window.</summary>
    public SasRecSizes Sizes(int items) => new(
        items, Training.MaximumSequenceLength, Training.EmbeddingDimension, Training.NumberOfLayers,
        ResolvedOptions.SizesFor(Training, items).FeedForwardWidth)
    {
        Heads = NumberOfHeads,
        NormsEmbedding = true,
    };

    /// <summary>The same rival trained with other options.</summary>
    public RivalOptions With(TrainerOptions training) => new() { Training = training, NumberOfHeads = NumberOfHeads };

    /// <summary>Whether a SASRec has one of the trainer's options, by its name in any case.</summary>
    public static bool Has(string name) => s_shared.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Sets an option from text.</summary>
    /// <param name="name">Its name, in any case.</param>
    /// <param name="text">Its value; null for no value.</param>
    /// <param name="source">Where the value comes from, for the start of an error.</param>
    /// <exception cref="UserErrorException">There is no such option, or it does not accept the value.</exception>
    public void Set(string name, string? text, string source)
    {
        if (name.Equals(nameof(NumberOfHeads), StringComparison.OrdinalIgnoreCase))
        {
            NumberOfHeads = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int heads) && heads > 0
                ? heads
                : throw new UserErrorException($"{source}: option {nameof(NumberOfHeads)} is '{text}'; expected a whole number, 1 or more.");
        }
        else if (Has(name))
        {
            OptionBinder.Set(Training, name, text, source);
        }
        else
        {
            throw new UserErrorException($"{source}: a SASRec has no option '{name}'; it has {nameof(NumberOfHeads)}, {string.Join(", ", s_shared)}.");
        }
    }

    /// <summary>Throws one sentence about the first option that is out of its range.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public void Check()
    {
        OptionRanges.Check(Training);
        if (Training.EmbeddingDimension % NumberOfHeads != 0)
        {
            throw new ArgumentException(
                $"{nameof(NumberOfHeads)} is {NumberOfHeads}, which does not divide EmbeddingDimension {Training.EmbeddingDimension}; choose a divisor.");
        }
    }

    /// <summary>All options in the format of a configuration file.</summary>
    public JsonObject ToJson()
    {
        JsonObject all = OptionBinder.ToJson(Training);
        var json = new JsonObject { [nameof(NumberOfHeads)] = NumberOfHeads };
        foreach (string name in s_shared)
        {
            json.Add(name, all[name]?.DeepClone());
        }

        return json;
    }
}
