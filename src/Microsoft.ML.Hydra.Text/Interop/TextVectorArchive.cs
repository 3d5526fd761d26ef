using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.Featurizing;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Interop;

/// <summary>
/// Text vectors as the entries of an archive: the names of the columns, and the folder of the language model, in which everything is stated that its options were.
/// </summary>
internal static class TextVectorArchive
{
    private const string Origin = "the saved model";
    private const string OutputKey = "output";
    private const string InputsKey = "inputs";

    private static readonly ModelEntry s_columns = new("text_vectors.json", 1 << 20);
    private static readonly ModelEntry s_weights = new(WeightFiles.SingleName, 256L << 30);

    /// <summary>Writes columns and encoder.</summary>
    /// <exception cref="InvalidOperationException">The encoder does not come from a folder.</exception>
    public static void Write(IModelEntryWriter target, TextColumns columns, TextEncoder encoder)
    {
        if (encoder is not FolderEncoder known)
        {
            throw new InvalidOperationException(
                "The text vectors cannot be saved, because a model can hold only an encoder from TextEncoder.FromFolder: use such an encoder, or save the pipeline without Featurize and put it before the pipeline again after loading.");
        }

        LanguageModelFolder folder = known.Folder.With(known.Folder.Weights, known.Settings);
        ModelArchive.Write(
            target,
            [
                (s_columns, stream => WriteColumns(stream, columns)),
                .. LanguageModelFolder.NamesInArchive.Where(folder.Files.ContainsKey)
                    .Select(name => (EntryOf(name), (Action<Stream>)(stream => stream.Write(folder.Files[name])))),
                (s_weights, folder.WriteWeights),
            ]);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, incomplete, or of a later version.</exception>
    public static (TextColumns Columns, TextEncoder Encoder) Read(IModelEntryReader source)
    {
        ModelArchive archive = ModelArchive.Open(source);
        TextColumns columns = archive.Read(s_columns, stream => ReadColumns(ReadAll(stream)));
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in LanguageModelFolder.NamesInArchive)
        {
            if (archive.Has(EntryOf(name)))
            {
                files.Add(name, archive.Read(EntryOf(name), ReadAll));
            }
        }

        LanguageModelFolder folder = archive.Read(s_weights, stream => LanguageModelFolder.Read(Origin, files, stream));
        return (columns, new FolderEncoder(folder, null));
    }

    private static ModelEntry EntryOf(string name) => new(name, LanguageModelFolder.LongestSmallFile);

    private static byte[] ReadAll(Stream stream)
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static void WriteColumns(Stream stream, TextColumns columns)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString(OutputKey, columns.Output);
        json.WriteStartArray(InputsKey);
        foreach (string input in columns.Inputs)
        {
            json.WriteStringValue(input);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static TextColumns ReadColumns(byte[] bytes)
    {
        var json = FolderJson.Parse(bytes, $"'{s_columns.Name}'");
        if (json.Text(OutputKey) is not { Length: > 0 } output || !json.TryGet(InputsKey, out JsonElement inputs) || inputs.ValueKind != JsonValueKind.Array)
        {
            throw new InvalidDataException($"it has no text '{OutputKey}' or no list '{InputsKey}'");
        }

        return new TextColumns(output, [.. inputs.EnumerateArray().Select(input => input.GetString() ?? "")]);
    }
}
