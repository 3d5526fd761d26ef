using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using static System.FormattableString;

namespace Microsoft.ML.Hydra.Training;

/// <summary>The weights of an earlier model, for a catalogue that may have grown.</summary>
/// <param name="weights">All weights of the earlier model.</param>
/// <param name="rows">For each item row of the earlier model its row now, 0 when the item is gone; entry 0 is 0.</param>
internal sealed class WarmStart(IReadOnlyList<NamedTensor> weights, int[] rows)
{
    // The sizes on which the shapes of weights depend, by the option that sets them.
    private static readonly (string Option, Func<ModelSizes, int> Of)[] s_sizes =
    [
        (nameof(TrainerOptions.EmbeddingDimension), sizes => sizes.Width),
        (nameof(TrainerOptions.NumberOfLayers), sizes => sizes.Layers),
        (nameof(TrainerOptions.NumberOfLatentHeads), sizes => sizes.LatentHeads),
        (nameof(TrainerOptions.LatentHeadDimension), sizes => sizes.LatentWidth),
        (nameof(TrainerOptions.ExpansionFactor), sizes => sizes.Expand),
        (nameof(TrainerOptions.StateDimension), sizes => sizes.StateSize),
        (nameof(TrainerOptions.InnerHeadDimension), sizes => sizes.InnerHeadWidth),
        (nameof(TrainerOptions.ConvolutionKernelSize), sizes => sizes.ConvolutionTaps),
        (nameof(TrainerOptions.FeedForwardDimension), sizes => sizes.FeedForwardWidth),
    ];

    /// <summary>All weights of the earlier model.</summary>
    public IReadOnlyList<NamedTensor> Weights => weights;

    /// <summary>For each item of the earlier model its row now; 0 when the item is gone.</summary>
    public ReadOnlySpan<int> Rows => rows.AsSpan(1);

    /// <summary>Throws one sentence that names the options in which an earlier model has other sizes.</summary>
    /// <param name="earlier">Options of the earlier model.</param>
    /// <param name="now">Options of the training that is to continue it.</param>
    /// <exception cref="ArgumentException">The two models have different sizes.</exception>
    public static void CheckSizes(TrainerOptions earlier, TrainerOptions now)
    {
        (ModelSizes before, ModelSizes after) = (ResolvedOptions.SizesFor(earlier, 0), ResolvedOptions.SizesFor(now, 0));
        string[] other =
        [
            .. s_sizes.Where(size => size.Of(before) != size.Of(after) && !IsDerived(size.Option)).Select(size => Invariant($"{size.Option} {size.Of(before)} and not {size.Of(after)}")),
            .. (string[])(before.ItemGate == after.ItemGate ? [] : [$"UseItemGate {before.ItemGate} and not {after.ItemGate}"]),
            .. (string[])(before.TimeFeatures == after.TimeFeatures
                ? []
                : [before.TimeFeatures > 0 ? "TimestampsColumnName set and not unset" : "TimestampsColumnName unset and not set"]),
            .. (string[])(IsSeparate(earlier) == IsSeparate(now)
                ? []
                : [IsSeparate(earlier) ? "an encoder for each domain (SeparateSequenceModels) and not one for all" : "one encoder for all domains and not one for each (SeparateSequenceModels)"]),
        ];
        if (other.Length > 0)
        {
            throw new ArgumentException(
                $"The earlier model cannot be continued with these options: it has {string.Join(", ", other)}; set these options as the earlier model has them, or train a new model.");
        }

        static bool IsSeparate(TrainerOptions options) => options.SeparateSequenceModels && options.DomainColumnName is not null;

        // Follows from the width where neither sets it.
        bool IsDerived(string option) => option switch
        {
            nameof(TrainerOptions.LatentHeadDimension) => earlier.LatentHeadDimension == 0 && now.LatentHeadDimension == 0,
            nameof(TrainerOptions.FeedForwardDimension) => earlier.FeedForwardDimension == 0 && now.FeedForwardDimension == 0,
            _ => false,
        };
    }

    /// <summary>
    /// Puts the earlier weights into a fresh model; items that are new keep their fresh vectors. Where vectors are made of features too, the own parts of
    /// the items become what the fresh map lacks of their earlier vectors.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="items">The features of its items; null for none.</param>
    /// <exception cref="ArgumentException">The two models have different sizes.</exception>
    public void Apply(HydraModel model, ItemFeatures? items = null)
    {
        var merged = new List<NamedTensor>();
        Dictionary<string, NamedTensor> fresh = ModelWeights.Export(model).ToDictionary(w => w.Name);
        foreach (NamedTensor old in weights)
        {
            merged.Add(old.Name == EncoderWeights.ItemVectors && fresh.TryGetValue(EncoderWeights.ItemVectors, out NamedTensor? table) ? MergeTable(old, table) : old);
        }

        // The encoder of a domain that the earlier model does not have starts anew.
        merged.AddRange(fresh.Values.Where(weight => weight.Name.StartsWith(EncoderWeights.FurtherEncoders, StringComparison.Ordinal) && merged.TrueForAll(old => old.Name != weight.Name)));
        if (items is not null)
        {
            merged.Add(fresh[FeatureVectors.Map]);
            int place = merged.FindIndex(weight => weight.Name == FeatureVectors.Own);
            merged[place] = OwnParts(merged[place], fresh[FeatureVectors.Map], items);
        }

        try
        {
            ModelWeights.Import(model, merged);
        }
        catch (InvalidDataException cause)
        {
            throw new ArgumentException(
                $"The earlier model cannot be continued with these options: {cause.Message} Train with the model sizes that the earlier model has.", cause);
        }
    }

    private NamedTensor MergeTable(NamedTensor old, NamedTensor fresh)
    {
        int width = checked((int)old.Shape[1]);
        if (width != fresh.Shape[1])
        {
            return old;   // the import names the shapes that differ
        }

        (float[] from, float[] to) = (old.Values<float>(), (float[])fresh.Values<float>().Clone());
        for (int row = 1; row < rows.Length; row++)
        {
            if (rows[row] > 0)
            {
                from.AsSpan(row * width, width).CopyTo(to.AsSpan(rows[row] * width, width));
            }
        }

        return new NamedTensor(EncoderWeights.ItemVectors, fresh.Shape, to);
    }

    // δ of e = g δ + W x for the items of the earlier model.
    private NamedTensor OwnParts(NamedTensor vectors, NamedTensor map, ItemFeatures items)
    {
        int width = checked((int)vectors.Shape[1]);
        if (width != map.Shape[1])
        {
            return vectors;   // the import names the shapes that differ
        }

        var own = (float[])vectors.Values<float>().Clone();
        float[] gates = items.Inputs.Gates, mapped = FeatureTable.Compute(items.Inputs.Features, gates, new float[own.Length], map.Values<float>());
        foreach (int row in Rows)
        {
            for (int i = row * width; row > 0 && gates[row] > 0 && i < (row + 1) * width; i++)
            {
                own[i] = (own[i] - mapped[i]) / gates[row];
            }
        }

        return new NamedTensor(FeatureVectors.Own, vectors.Shape, own);
    }
}
