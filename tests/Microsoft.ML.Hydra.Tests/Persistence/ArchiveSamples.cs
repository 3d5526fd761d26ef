using System.Text;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>A small model as a set of entries, and everything that can be read from one.</summary>
internal static class ArchiveSamples
{
    private const string OptionsText = """{"seed":42,"epochs":3}""";
    private static readonly string[] Items = ["apple", "名前", ""];

    public static MemoryModelEntries Write(bool seekable)
    {
        var target = new MemoryModelEntries { Seekable = seekable };
        ModelArchive.Write(
            target,
            (ModelEntry.Options, stream => stream.Write(Encoding.UTF8.GetBytes(OptionsText))),
            (ModelEntry.Vocabulary, WriteVocabulary),
            (ModelEntry.Popularity, _ => { }),
            (ModelEntry.Weights, SafetensorsSamples.Mixed().Write));
        return target;
    }

    /// <summary>All content as one text, as a loader would read it.</summary>
    public static string Read(IModelEntryReader source)
    {
        var archive = ModelArchive.Open(source);
        return string.Join(
            '|',
            archive.Manifest.LibraryVersion,
            archive.Read(ModelEntry.Options, stream => new StreamReader(stream).ReadToEnd()),
            archive.Read(ModelEntry.Vocabulary, ReadVocabulary),
            archive.Read(ModelEntry.Popularity, stream => stream.ReadByte()),
            archive.Read(ModelEntry.Weights, stream => SafetensorsSamples.Content(SafetensorsFile.Read(stream))));
    }

    private static void WriteVocabulary(Stream stream)
    {
        using var writer = new BinaryWriter(stream);
        writer.Write(Items.Length);
        foreach (string item in Items)
        {
            writer.Write(item);
        }
    }

    /// <summary>A parser that trusts its input as far as memory allows, and closes the stream.</summary>
    private static string ReadVocabulary(Stream stream)
    {
        using var reader = new BinaryReader(stream);
        var items = new List<string>();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            items.Add(reader.ReadString());
        }

        return string.Join(',', items);
    }
}
