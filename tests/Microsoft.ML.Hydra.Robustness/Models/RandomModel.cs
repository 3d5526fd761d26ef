using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Robustness.Models;

/// <summary>Fitted models with random weights, made without training: the same seed gives the same bytes on any machine.</summary>
internal static class RandomModel
{
    /// <summary>A model.</summary>
    /// <param name="options">Its options, with an embedding dimension.</param>
    /// <param name="vocabulary">Its items.</param>
    /// <param name="random">Source of the weights.</param>
    /// <param name="hasPrior">Whether it has a co-occurrence prior.</param>
    public static FittedModel Create(TrainerOptions options, ItemVocabulary vocabulary, Random random, bool hasPrior = false)
    {
        OptionRanges.Check(options);
        return new FittedModel
        {
            Options = options,
            Vocabulary = vocabulary,
            Clock = options.TimestampsColumnName is null ? null : new EventClock(Mean: 2.5, Deviation: 1.25),
            ItemCounts = [0, .. Enumerable.Range(0, vocabulary.Count).Select(_ => random.Next(1000))],
            Weights = Weights(ResolvedOptions.SizesFor(options, vocabulary.Count), random),
            Prior = hasPrior ? Prior(vocabulary.Count, random) : null,
            Epochs =
            [
                new EpochMetrics(1, 2, 3.5, 0.25, false, 1000, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)),
                new EpochMetrics(2, 2, 3.25, 0.5, true, 1000, TimeSpan.FromSeconds(2), TimeSpan.Zero),
            ],
            BestEpoch = 2,
            ValidationNdcgAt10 = 0.5,
        };
    }

    /// <summary>The words that the encoder of <see cref="WithEncoder"/> knows.</summary>
    public static string Words => "red mug large blue plate";

    /// <summary>The model with an encoder of new items from words and two numbers.</summary>
    public static FittedModel WithEncoder(FittedModel model, Random random)
    {
        (int width, int items) = (model.Options.EmbeddingDimension, model.Vocabulary.Count);
        int[] tokens = WordTokens.Of([Words.AsMemory()]);
        var encoder = new ItemEncoder(width, new WordSpace(tokens, Values(tokens.Length, 0.1f)), Values(tokens.Length * width, -0.5f), Values(2, 0), Values(2 * width, -0.5f))
        {
            TextNames = ["title"], NumberNames = ["price", "year"],
        };
        return model with
        {
            Items = new ItemKnowledge(encoder, MappedCodes.Of([.. new float[width], .. Values(items * width, -0.5f)], width), new NewItemCalibration(0.5, 4, 6.75)),
        };

        float[] Values(int count, float least) => [.. Enumerable.Range(0, count).Select(_ => (float)(Half)(least + random.NextSingle()))];
    }

    /// <summary>The model with two domains and an encoder for each; every third item is in none.</summary>
    public static FittedModel WithDomains(FittedModel model, Random random)
    {
        ModelSizes sizes = ResolvedOptions.SizesFor(model.Options, model.Vocabulary.Count);
        return model with
        {
            Domains = new ItemDomains(["east", "wést"], [ItemDomains.None, .. Enumerable.Range(0, model.Vocabulary.Count).Select(i => i % 3 == 2 ? ItemDomains.None : i % 2)]),
            Weights =
            [
                .. model.Weights,
                .. Weights(sizes, random).Where(weight => weight.Name != EncoderWeights.ItemVectors)
                    .Select(weight => new NamedTensor(EncoderWeights.NameOf(1, weight.Name), weight.Shape, weight.Data)),
            ],
        };
    }

    /// <summary>A transformer of a model.</summary>
    public static HydraSequenceRecommendationTransformer Transformer(MLContext mlContext, FittedModel model, IEnumerable<object>? denied = null)
    {
        RecommendationOptions recommendations = RecommendationOptions.From(model.Options) with { DeniedItems = denied };
        CandidateFilter filter = CandidateFilter.Create(model.Vocabulary, recommendations.ExcludeSeenItems, null, denied);
        return new HydraSequenceRecommendationTransformer(mlContext, model, recommendations, filter);
    }

    /// <summary>Text items.</summary>
    public static ItemVocabulary Texts(int count)
    {
        var builder = new TextItemVocabularyBuilder();
        for (int item = 1; item <= count; item++)
        {
            builder.GetOrAdd($"item {item}{(item % 5 == 0 ? " café" : "")}".AsMemory());
        }

        return builder.Build();
    }

    /// <summary>Integer items of a type.</summary>
    public static ItemVocabulary Integers(PrimitiveDataViewType type, int count)
    {
        var builder = new IntegerItemVocabularyBuilder(IntegerType.Of(type)!);
        for (int item = 1; item <= count; item++)
        {
            builder.GetOrAdd((item * 7) - 3);
        }

        return builder.Build();
    }

    /// <summary>Keys, with texts as their values or without values.</summary>
    public static ItemVocabulary Keys(int count, bool hasValues) => new KeyItemVocabulary(
        new KeyDataViewType(typeof(uint), count),
        hasValues
            ? new KeyValueTable<ReadOnlyMemory<char>>(TextDataViewType.Instance, [.. Enumerable.Range(1, count).Select(key => $"key {key}".AsMemory())])
            : null);

    private static List<NamedTensor> Weights(ModelSizes sizes, Random random)
    {
        var weights = new List<NamedTensor>();
        unsafe
        {
            EncoderWeights.Bind(sizes, (name, shape) =>
            {
                var values = new float[EncoderWeights.Length(shape)];
                (float center, float spread) = Range(name, sizes);
                int start = name == EncoderWeights.ItemVectors ? sizes.Width : 0;   // row 0 is padding
                for (int i = start; i < values.Length; i++)
                {
                    values[i] = center + (spread * ((2 * random.NextSingle()) - 1));
                }

                weights.Add(new NamedTensor(name, shape, values));
                return null;
            });
        }

        return weights;
    }

    // Near what training starts from, so that states neither die nor grow
    private static (float Center, float Spread) Range(string name, ModelSizes sizes) => name switch
    {
        _ when name.EndsWith("norm.weight", StringComparison.Ordinal) => (1, 0.2f),
        _ when name.EndsWith("A_log", StringComparison.Ordinal) => (1, 1),
        _ when name.EndsWith("dt_bias", StringComparison.Ordinal) => (-2.5f, 1.5f),
        _ when name.EndsWith(".D", StringComparison.Ordinal) => (1, 0.2f),
        EncoderWeights.ItemVectors => (0, 0.5f),
        _ => (0, 1.5f / MathF.Sqrt(Math.Max(sizes.Width, sizes.InnerWidth))),
    };

    private static CooccurrencePrior Prior(int items, Random random)
    {
        var links = new ItemLinksBuilder();
        for (int row = 1; row <= items; row++)
        {
            foreach (int target in Enumerable.Range(1, items).Where(_ => random.Next(3) == 0).Take(Cooccurrences.MaximumLinks))
            {
                links.Add(target, (double)(Half)(0.001 + (0.1 * random.NextDouble())));
            }

            links.EndRow();
        }

        return new CooccurrencePrior(links.Build(), new CooccurrenceShape(CooccurrenceReach.Near, 0.3, 0.85), 1000, 1);
    }
}
