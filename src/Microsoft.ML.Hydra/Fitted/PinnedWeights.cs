using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>The weights of a fitted model held in place, where kernels read them without a copy.</summary>
internal sealed unsafe class PinnedWeights : IDisposable
{
    private const string Float32 = "F32";

    private readonly List<GCHandle> _pins = [];

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="weights">All its weights.</param>
    /// <exception cref="InvalidDataException">A weight is missing, of another shape, or one that the model does not have.</exception>
    public PinnedWeights(ModelSizes sizes, IReadOnlyList<NamedTensor> weights)
    {
        try
        {
            Dictionary<string, NamedTensor> byName = weights.ToDictionary(w => w.Name);
            Weights = Bind(sizes, weights.Select(WeightForm.Of).ToDictionary(w => w.Name), name => Pin(byName[name].Values<float>()));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where they lie.</summary>
    public EncoderWeights Weights { get; }

    /// <summary>Throws unless the weights are those of a model of these sizes.</summary>
    /// <exception cref="InvalidDataException">A weight is missing, of another shape or type, or one that the model does not have.</exception>
    public static void Check(ModelSizes sizes, IReadOnlyList<WeightForm> weights)
    {
        Dictionary<string, WeightForm> left = weights.ToDictionary(w => w.Name);
        for (int encoder = sizes.Encoders - 1; encoder > 0; encoder--)
        {
            Dictionary<string, WeightForm> ofEncoder = FittedModel.OfEncoder(weights, sizes, encoder, w => w.Name).ToDictionary(w => w.Name, w => w.Weight);
            foreach (string name in ofEncoder.Keys.Where(name => name != EncoderWeights.ItemVectors))
            {
                left.Remove(EncoderWeights.NameOf(encoder, name));
            }

            Bind(sizes, ofEncoder, _ => null);
        }

        Bind(sizes, left, _ => null);
    }

    public void Dispose()
    {
        foreach (GCHandle pin in _pins)
        {
            pin.Free();
        }

        _pins.Clear();
    }

    private static EncoderWeights Bind(ModelSizes sizes, Dictionary<string, WeightForm> weights, Place place)
    {
        EncoderWeights bound = EncoderWeights.Bind(sizes, (name, shape) =>
        {
            if (!weights.Remove(name, out WeightForm? weight))
            {
                throw new InvalidDataException($"The weight '{name}' is missing; the model's options need it.");
            }

            if (!shape.SequenceEqual(weight.Shape))
            {
                throw new InvalidDataException(
                    $"The weight '{name}' has the shape {TensorShape.Text(weight.Shape)}; the model's options and items need {TensorShape.Text(shape)}.");
            }

            return weight.ElementType.Code == Float32
                ? place(name)
                : throw new InvalidDataException($"The weight '{name}' holds {weight.ElementType.Code} elements; {Float32} was expected.");
        });
        return weights.Keys.FirstOrDefault() is string foreign
            ? throw new InvalidDataException($"The weight '{MessageText.Of(foreign)}' is not one of the model.")
            : bound;
    }

    private float* Pin(float[] values)
    {
        var pin = GCHandle.Alloc(values, GCHandleType.Pinned);
        _pins.Add(pin);
        return (float*)pin.AddrOfPinnedObject();
    }

    private delegate float* Place(string name);
}

/// <summary>What is known of a weight before its numbers are read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="ElementType">What an element is.</param>
internal sealed record WeightForm(string Name, long[] Shape, TensorElementType ElementType)
{
    /// <summary>That of a weight.</summary>
    public static WeightForm Of(NamedTensor weight) => new(weight.Name, weight.Shape.ToArray(), weight.ElementType);
}
