using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Text.LanguageModels;

/// <summary>A JSON object of a folder, and the sentences about what is wrong with it.</summary>
internal sealed class FolderJson
{
    private readonly string _file;
    private readonly JsonElement _root;

    private FolderJson(string file, JsonElement root) => (_file, _root) = (file, root);

    /// <summary>Reads an object.</summary>
    /// <param name="bytes">The content in UTF-8, with or without a byte order mark.</param>
    /// <param name="file">The file as messages name it.</param>
    /// <exception cref="InvalidDataException">The content is not a JSON object.</exception>
    public static FolderJson Parse(ReadOnlyMemory<byte> bytes, string file)
    {
        if (bytes.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            bytes = bytes[3..];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new FolderJson(file, document.RootElement.Clone())
                : throw new InvalidDataException($"{file} holds a JSON {document.RootElement.ValueKind}; expected an object.");
        }
        catch (JsonException cause)
        {
            throw new InvalidDataException(
                $"{file} is not JSON ({MessageText.OneLine(cause.Message).TrimEnd('.')}); copy the file again from where the model is published.", cause);
        }
    }

    /// <summary>The value of a property; false where it is missing or null.</summary>
    public bool TryGet(string name, out JsonElement value) => _root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>An object in this one; null where it is missing or null.</summary>
    public FolderJson? Object(string name) =>
        !TryGet(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Object ? new FolderJson($"'{name}' in {_file}", value)
        : throw Unexpected(name, value, "an object");

    /// <summary>The objects of a list in this one; none where it is missing or null.</summary>
    public IReadOnlyList<FolderJson> Objects(string name)
    {
        if (!TryGet(name, out JsonElement list))
        {
            return [];
        }

        return list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
            ? [.. list.EnumerateArray().Select((item, i) => new FolderJson(FormattableString.Invariant($"'{name}[{i}]' in {_file}"), item))]
            : throw Unexpected(name, list, "a list of objects");
    }

    /// <summary>A whole number, or the fallback where the property is missing.</summary>
    public int Integer(string name, int least, int most, int? fallback = null)
    {
        string expected = FormattableString.Invariant($"a whole number from {least} to {most}");
        return !TryGet(name, out JsonElement value) ? fallback ?? throw Missing(name, expected)
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most ? number
            : throw Unexpected(name, value, expected);
    }

    /// <summary>A finite number above 0, or the fallback where the property is missing.</summary>
    public double Positive(string name, double? fallback = null)
    {
        const string Expected = "a number above 0";
        return !TryGet(name, out JsonElement value) ? fallback ?? throw Missing(name, Expected)
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number) ? number
            : throw Unexpected(name, value, Expected);
    }

    /// <summary>True or false, or the fallback where the property is missing.</summary>
    public bool Flag(string name, bool fallback) =>
        !TryGet(name, out JsonElement value) ? fallback
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Unexpected(name, value, "true or false");

    /// <summary>A text; null where the property is missing.</summary>
    [return: NotNullIfNotNull(nameof(fallback))]
    public string? Text(string name, string? fallback = null) =>
        !TryGet(name, out JsonElement value) ? fallback
        : value.ValueKind == JsonValueKind.String ? Content(value)
        : throw Unexpected(name, value, "a text");

    /// <summary>The text of a value that is one.</summary>
    public string Content(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException cause)
        {
            throw new InvalidDataException($"{_file} has a text that is not valid Unicode; copy the file again from where the model is published.", cause);
        }
    }

    /// <summary>The properties of the object, in their order.</summary>
    public IEnumerable<(string Name, JsonElement Value)> Properties
    {
        get
        {
            foreach (JsonProperty property in _root.EnumerateObject())
            {
                yield return (NameOf(property), property.Value);
            }
        }
    }

    /// <summary>An exception about a value.</summary>
    public InvalidDataException Unexpected(string name, JsonElement value, string expected) =>
        new($"{_file} states {name} = {MessageText.Of(value.GetRawText())}; expected {expected}.");

    /// <summary>An exception about what this library does not read.</summary>
    public InvalidDataException NotSupported(string finding, string expected) => new($"{_file} {finding}, which is not supported; expected {expected}.");

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException cause)
        {
            throw new InvalidDataException($"{_file} has a name that is not valid Unicode; copy the file again from where the model is published.", cause);
        }
    }

    private InvalidDataException Missing(string name, string expected) =>
        new($"{_file} has no '{name}'; expected {expected}. Copy the file again from where the model is published.");
}
