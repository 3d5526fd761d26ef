using System.Text.Json;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>The encoder of new items and its calibration as an entry of a model: tensors in the safetensors layout, the maps in half precision.</summary>
internal static class ItemEncoderFormat
{
    private const string Tokens = "words.tokens";
    private const string TokenWeights = "words.weights";
    private const string WordMap = "words.map";
    private const string Mean = "numbers.mean";
    private const string NumberMap = "numbers.map";
    private const string NumberScales = "numbers.scales";
    private const string Codes = "items.codes";
    private const string Calibration = "calibration";
    private const string TextNames = "textNames";
    private const string NumberNames = "numberNames";

    /// <summary>Writes the entry.</summary>
    public static void Write(Stream stream, ItemKnowledge knowledge)
    {
        (ItemEncoder encoder, MappedCodes codes, NewItemCalibration calibration) = knowledge;
        long width = encoder.Width;
        List<NamedTensor> tensors =
        [
            new(Calibration, [3], new[] { calibration.Scale, calibration.Power, calibration.Share }),
            new(Codes, [codes.NumberOfItems + 1, width], codes.Values),
        ];
        if (encoder.Words is { } words)
        {
            tensors.Add(new NamedTensor(Tokens, [words.Tokens.Length], words.Tokens));
            tensors.Add(new NamedTensor(TokenWeights, [words.Weights.Length], words.Weights));
            tensors.Add(new NamedTensor(WordMap, [words.Tokens.Length, width], Array.ConvertAll(encoder.WordMap, value => (Half)value)));
        }

        if (encoder.Mean.Length > 0)
        {
            tensors.Add(new NamedTensor(Mean, [encoder.Mean.Length], encoder.Mean));
            var rows = new HalfRows(encoder.NumberMap, encoder.Width);
            tensors.Add(new NamedTensor(NumberScales, [rows.Scales.Length], rows.Scales));
            tensors.Add(new NamedTensor(NumberMap, [rows.Scales.Length, width], rows.Halves));
        }

        var names = new Dictionary<string, string>
        {
            [TextNames] = JsonSerializer.Serialize(encoder.TextNames), [NumberNames] = JsonSerializer.Serialize(encoder.NumberNames),
        };
        new SafetensorsFile(tensors, names).Write(stream);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="stream">Where it comes from.</param>
    /// <param name="width">d: width of the model's item vectors.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <exception cref="InvalidDataException">The entry is damaged, or does not fit the model.</exception>
    public static ItemKnowledge Read(Stream stream, int width, int numberOfItems)
    {
        var file = SafetensorsFile.Read(stream, entries => Check(entries, width, numberOfItems));
        Dictionary<string, NamedTensor> tensors = file.Tensors.ToDictionary(tensor => tensor.Name);
        if (tensors.Values.FirstOrDefault(tensor => !tensor.IsFinite()) is { } spoiled)
        {
            throw new InvalidDataException($"the tensor '{spoiled.Name}' has numbers that are not finite");
        }

        double[] numbers = tensors[Calibration].Values<double>();
        if (numbers[0] is not (> 0 and < 1e6) || numbers[1] is not (> 0 and < 1e6) || numbers[2] is not (>= 0 and < 1e6))
        {
            throw new InvalidDataException($"the calibration is {string.Join(", ", numbers)}; expected a scale and a power above 0 and a share of at least 0");
        }

        WordSpace? words = tensors.TryGetValue(Tokens, out NamedTensor? tokens) ? new WordSpace(tokens.Values<int>(), tensors[TokenWeights].Values<float>()) : null;
        for (int i = 0; i < (words?.Tokens.Length ?? 0); i++)
        {
            if (i > 0 && words!.Tokens[i] <= words.Tokens[i - 1])
            {
                throw new InvalidDataException($"the tensor '{Tokens}' is not ascending at {i}");
            }

            if (words!.Weights[i] <= 0)
            {
                throw new InvalidDataException($"the tensor '{TokenWeights}' has {words.Weights[i]} at {i}; weights are above 0");
            }
        }

        bool hasNumbers = tensors.TryGetValue(Mean, out NamedTensor? mean);
        float[] numberMap = hasNumbers ? new HalfRows(tensors[NumberScales].Values<float>(), tensors[NumberMap].Values<Half>()).Values() : [];
        if (!Array.TrueForAll(numberMap, float.IsFinite))
        {
            throw new InvalidDataException($"the tensor '{NumberMap}' times '{NumberScales}' has numbers that are not finite");
        }

        return new ItemKnowledge(
            new ItemEncoder(
                width, words, words is null ? [] : Array.ConvertAll(tensors[WordMap].Values<Half>(), value => (float)value),
                hasNumbers ? mean!.Values<float>() : [], numberMap)
            {
                TextNames = Names(file, TextNames), NumberNames = Names(file, NumberNames),
            },
            new MappedCodes(width, tensors[Codes].Values<sbyte>()),
            new NewItemCalibration(numbers[0], numbers[1], numbers[2]));
    }

    // Names, types and shapes that belong together, before memory is taken for the numbers.
    private static void Check(IReadOnlyList<SafetensorsHeaderEntry> entries, int width, int numberOfItems)
    {
        Dictionary<string, SafetensorsHeaderEntry> left = entries.ToDictionary(entry => entry.Name);
        Require(Calibration, "F64", 3);
        Require(Codes, "I8", numberOfItems + 1L, width);
        bool hasWords = left.ContainsKey(Tokens), hasNumbers = left.ContainsKey(Mean);
        if (hasWords)
        {
            long count = left[Tokens].Shape is [long length] ? length : -1;
            Require(Tokens, "I32", count);
            Require(TokenWeights, "F32", count);
            Require(WordMap, "F16", count, width);
        }

        if (hasNumbers)
        {
            long count = left[Mean].Shape is [long length] ? length : -1;
            Require(Mean, "F32", count);
            Require(NumberMap, "F16", count, width);
            Require(NumberScales, "F32", count);
        }

        if (left.Keys.FirstOrDefault() is string foreign)
        {
            throw new InvalidDataException($"the tensor '{MessageText.Of(foreign)}' is not one of an encoder of items");
        }

        void Require(string name, string type, params long[] shape)
        {
            if (!left.Remove(name, out SafetensorsHeaderEntry? entry))
            {
                throw new InvalidDataException($"the tensor '{name}' is missing");
            }

            if (!entry.Shape.AsSpan().SequenceEqual(shape) || entry.ElementType.Code != type)
            {
                throw new InvalidDataException(
                    $"the tensor '{name}' has the shape {TensorShape.Text(entry.Shape)} of {entry.ElementType.Code}; expected {TensorShape.Text(shape)} of {type}");
            }
        }
    }

    private static string[] Names(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out string? json) ? JsonSerializer.Deserialize<string[]>(json) ?? [] : [];
}
