using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>The weights of a fitted model held in place, where kernels read them without a copy.</summary>
internal sealed unsafe class PinnedWeights : IDisposable
{
    private readonly List<GCHandle> _pins = [];

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="weights">All its weights.</param>
    /// <exception cref="InvalidDataException">A weight is missing, of another shape, or one that the model does not have.</exception>
    public PinnedWeights(ModelSizes sizes, IReadOnlyList<NamedTensor> weights)
    {
        try
        {
            Weights = Bind(sizes, weights, Pin);
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
    /// <exception cref="InvalidDataException">A weight is missing, of another shape, or one that the model does not have.</exception>
    public static void Check(ModelSizes sizes, IReadOnlyList<NamedTensor> weights) => Bind(sizes, weights, _ => null);

    public void Dispose()
    {
        foreach (GCHandle pin in _pins)
        {
            pin.Free();
        }

        _pins.Clear();
    }

    private static EncoderWeights Bind(ModelSizes sizes, IReadOnlyList<NamedTensor> weights, Place place)
    {
        Dictionary<string, NamedTensor> byName = weights.ToDictionary(w => w.Name);
        EncoderWeights bound = EncoderWeights.Bind(sizes, (name, shape) =>
        {
            if (!byName.Remove(name, out NamedTensor? weight))
            {
                throw new InvalidDataException($"The weight '{name}' is missing.");
            }

            return weight.Shape.SequenceEqual(shape)
                ? place(weight.Values<float>())
                : throw new InvalidDataException(
                    $"The weight '{name}' has the shape [{string.Join(", ", weight.Shape.ToArray())}]; the model needs [{string.Join(", ", shape.ToArray())}].");
        });
        return byName.Keys.FirstOrDefault() is string foreign
            ? throw new InvalidDataException($"The weight '{foreign}' is not one of the model.")
            : bound;
    }

    private float* Pin(float[] values)
    {
        var pin = GCHandle.Alloc(values, GCHandleType.Pinned);
        _pins.Add(pin);
        return (float*)pin.AddrOfPinnedObject();
    }

    private delegate float* Place(float[] values);
}
