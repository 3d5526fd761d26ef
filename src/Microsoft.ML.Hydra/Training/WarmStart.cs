using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Training;

/// <summary>The weights of an earlier model, for a catalogue that may have grown.</summary>
/// <param name="weights">All weights of the earlier model.</param>
/// <param name="rows">For each item row of the earlier model its row now, 0 when the item is gone; entry 0 is 0.</param>
internal sealed class WarmStart(IReadOnlyList<NamedTensor> weights, int[] rows)
{
    /// <summary>All weights of the earlier model.</summary>
    public IReadOnlyList<NamedTensor> Weights => weights;

    /// <summary>Puts the earlier weights into a fresh model; items that are new keep their fresh vectors.</summary>
    /// <exception cref="ArgumentException">The two models have different sizes.</exception>
    public void Apply(HydraModel model)
    {
        var merged = new List<NamedTensor>();
        Dictionary<string, NamedTensor> fresh = ModelWeights.Export(model).ToDictionary(w => w.Name);
        foreach (NamedTensor old in weights)
        {
            merged.Add(old.Name == EncoderWeights.ItemVectors && fresh.TryGetValue(EncoderWeights.ItemVectors, out NamedTensor? table) ? MergeTable(old, table) : old);
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
}
