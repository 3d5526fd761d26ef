using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Text.LanguageModels;

/// <summary>Reads the weights of a folder: <c>model.safetensors</c>, or the files that <c>model.safetensors.index.json</c> names.</summary>
internal sealed class WeightFiles
{
    public const string SingleName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    private readonly string _directory;
    private readonly Dictionary<string, ExpectedTensor> _expected;
    private readonly Dictionary<string, NamedTensor> _tensors = new(StringComparer.Ordinal);

    private WeightFiles(string directory, IEnumerable<ExpectedTensor> expected) =>
        (_directory, _expected) = (directory, expected.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal));

    /// <summary>Reads all tensors of a model as float32; others of the files are left out.</summary>
    /// <exception cref="InvalidDataException">A file or a tensor is missing, is damaged, or does not fit the sizes of config.json.</exception>
    public static LanguageModelWeights Read(string directory, LanguageModelShape shape)
    {
        var files = new WeightFiles(directory, LanguageModelTensors.Of(shape));
        foreach (string name in files.Names())
        {
            files.ReadFile(name);
        }

        return files.All(shape);
    }

    /// <summary>Reads all tensors from one file that is not in a folder.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, is damaged, or does not fit the sizes of config.json.</exception>
    public static LanguageModelWeights Read(string origin, LanguageModelShape shape, Stream stream)
    {
        var files = new WeightFiles(origin, LanguageModelTensors.Of(shape));
        files.ReadStream(stream, Path.Combine(origin, SingleName));
        return files.All(shape);
    }

    private LanguageModelWeights All(LanguageModelShape shape)
    {
        if (_expected.Values.FirstOrDefault(tensor => !tensor.IsOptional && !_tensors.ContainsKey(tensor.Name)) is ExpectedTensor missing)
        {
            throw new InvalidDataException(
                $"The weights in '{_directory}' have no tensor '{missing.Name}' of the shape {missing.ShapeText}, which config.json calls for; "
                + "copy weights and config.json from the same model.");
        }

        return new LanguageModelWeights(shape, _tensors);
    }

    private IReadOnlyCollection<string> Names()
    {
        if (File.Exists(Path.Combine(_directory, SingleName)))
        {
            return [SingleName];
        }

        string index = Path.Combine(_directory, IndexName);
        if (!File.Exists(index))
        {
            string others = string.Join(", ", Directory.EnumerateFiles(_directory).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal).Take(10));
            throw new InvalidDataException(
                $"The folder '{_directory}' has no {SingleName} and no {IndexName}; it holds {(others.Length == 0 ? "no file" : others)}. "
                + "Save the model's weights in the safetensors layout.");
        }

        FolderJson map = FolderJson.Parse(File.ReadAllBytes(index), $"'{index}'").Object("weight_map")
            ?? throw new InvalidDataException($"'{index}' has no 'weight_map'; copy the file again from where the model is published.");
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string tensor, JsonElement value) in map.Properties)
        {
            string? name = value.ValueKind == JsonValueKind.String ? map.Content(value) : null;
            names.Add(name is not null && name.Length > 0 && Path.GetFileName(name) == name && !name.Contains('\\', StringComparison.Ordinal)
                ? name
                : throw map.Unexpected(MessageText.Of(tensor), value, "the name of a file in the folder"));
        }

        return names;
    }

    private void ReadFile(string name)
    {
        string path = Path.Combine(_directory, name);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            ReadStream(stream, path);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"The file '{path}' is missing, which {IndexName} names; copy it beside the others.", cause);
        }
        catch (InvalidDataException cause) when (!cause.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{path}' cannot be used. {cause.Message} Copy the file again from where the model is published.", cause);
        }
    }

    private void ReadStream(Stream stream, string path)
    {
        string prefix = "";
        var file = SafetensorsFile.Read(stream, entries =>
        {
            prefix = PrefixOf(entries.Select(entry => entry.Name));
            CheckShapes(entries, prefix, path);
        });
        foreach (NamedTensor tensor in file.Tensors)
        {
            if (Expected(tensor.Name, prefix) is ExpectedTensor expected)
            {
                Add(expected.Name, tensor, path);
            }
        }
    }

    // Of the sharded files each has the prefix; the item token and the projection are without it.
    private string PrefixOf(IEnumerable<string> names)
    {
        string[] found = [.. names.Select(LanguageModelTensors.Modern)];
        return LanguageModelTensors.Prefixes.MaxBy(prefix => found.Count(name =>
            name.StartsWith(prefix, StringComparison.Ordinal) && _expected.ContainsKey(name[prefix.Length..])))!;
    }

    private ExpectedTensor? Expected(string name, string prefix)
    {
        name = LanguageModelTensors.Modern(name);
        string bare = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        return _expected.TryGetValue(bare, out ExpectedTensor? expected) ? expected : null;
    }

    private void CheckShapes(IReadOnlyList<SafetensorsHeaderEntry> entries, string prefix, string path)
    {
        foreach (SafetensorsHeaderEntry entry in entries)
        {
            if (Expected(entry.Name, prefix) is ExpectedTensor expected && !expected.Fits(entry.Shape))
            {
                throw new InvalidDataException(
                    $"In '{path}' the tensor '{MessageText.Of(entry.Name)}' has the shape {TensorShape.Text(entry.Shape)}; config.json calls for "
                    + $"{expected.ShapeText}. Copy weights and config.json from the same model.");
            }
        }
    }

    private void Add(string name, NamedTensor tensor, string path)
    {
        float[] values = tensor.Data switch
        {
            float[] single => single,
            Half[] half => Array.ConvertAll(half, value => (float)value),
            ushort[] upper => Array.ConvertAll(upper, value => BitConverter.UInt32BitsToSingle((uint)value << 16)),
            _ => throw new InvalidDataException(
                $"In '{path}' the tensor '{MessageText.Of(tensor.Name)}' holds {tensor.ElementType.Code} numbers; expected F32, F16 or BF16."),
        };
        var converted = new NamedTensor(name, tensor.Shape, values);
        if (!converted.IsFinite())
        {
            throw new InvalidDataException(
                $"In '{path}' the tensor '{MessageText.Of(tensor.Name)}' holds a number that is not finite; the file is damaged, or its training failed. "
                + "Copy the file again from where the model is published.");
        }

        if (!_tensors.TryAdd(name, converted))
        {
            throw new InvalidDataException($"In '{path}' the tensor '{name}' occurs for the second time; expected one of each name in all files.");
        }
    }
}
