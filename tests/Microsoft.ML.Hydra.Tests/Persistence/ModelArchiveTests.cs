using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

public sealed class ModelArchiveTests
{
    private static readonly ModelEntry Small = new("small.bin", 100);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_entry_comes_back(bool seekable)
    {
        MemoryModelEntries entries = ArchiveSamples.Write(seekable);

        string content = ArchiveSamples.Read(entries);

        Assert.Contains("""{"seed":42,"epochs":3}|apple,名前,|-1|""", content, StringComparison.Ordinal);
        Assert.EndsWith(SafetensorsSamples.Content(SafetensorsSamples.Mixed()), content, StringComparison.Ordinal);
    }

    [Fact]
    public void The_manifest_comes_last_and_states_every_length_and_checksum()
    {
        MemoryModelEntries entries = ArchiveSamples.Write(seekable: true);

        Assert.Equal(["options.json", "vocabulary.bin", "popularity.bin", "weights.safetensors", "manifest.json"], entries.Order);
        using JsonDocument json = JsonDocument.Parse(entries.Bytes["manifest.json"]);
        Assert.Equal("Microsoft.ML.Hydra model", json.RootElement.GetProperty("format").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("version").GetInt32());
        Assert.Matches(@"^\d+\.\d+\.\d+[^+]*$", json.RootElement.GetProperty("library").GetString());
        foreach (JsonElement entry in json.RootElement.GetProperty("entries").EnumerateArray())
        {
            byte[] bytes = entries.Bytes[entry.GetProperty("name").GetString()!];
            Assert.Equal(bytes.Length, entry.GetProperty("length").GetInt64());
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), entry.GetProperty("sha256").GetString());
        }
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes()
    {
        Assert.Equal(ArchiveSamples.Write(true).Bytes, ArchiveSamples.Write(true).Bytes);
    }

    [Fact]
    public void A_parser_that_leaves_bytes_unread_is_still_checked()
    {
        MemoryModelEntries entries = Archive([1, 2, 3]);
        Assert.Equal(1, ReadSmall(entries, stream => stream.ReadByte()));

        AssertError(entries.With("small.bin", [1, 2, 9]), stream => stream.ReadByte(), "its checksum is not that of the manifest");
    }

    [Fact]
    public void Missing_entries_are_clear_errors()
    {
        MemoryModelEntries entries = Archive([1, 2, 3]);

        AssertError(entries.With("manifest.json", null), "The saved model has no entry 'manifest.json'; it was not written by Microsoft.ML.Hydra or is incomplete.");
        AssertError(entries.With("small.bin", null), "The entry 'small.bin' of the saved model cannot be read: the manifest lists it but it is missing.");
        var unlisted = Assert.Throws<InvalidDataException>(() => ModelArchive.Open(entries).Read(ModelEntry.Weights, _ => 0));
        Assert.Equal("The entry 'weights.safetensors' of the saved model cannot be read: the manifest does not list it.", unlisted.Message);
    }

    [Fact]
    public void Wrong_lengths_and_checksums_are_clear_errors()
    {
        MemoryModelEntries entries = Archive([1, 2, 3]);

        AssertError(entries.With("small.bin", [1, 2]), "it ends after 2 of 3 bytes");
        AssertError(entries.With("small.bin", [1, 2, 3, 4]), "it is longer than the 3 bytes of the manifest");
        AssertError(entries.With("small.bin", [1, 2, 4]), "its checksum is not that of the manifest");
    }

    [Theory]
    [InlineData(2, "it is longer than the 2 bytes of the manifest")]
    [InlineData(100, "it ends after 3 of 100 bytes")]
    [InlineData(101, "the manifest states 101 bytes, more than the 100 accepted")]
    [InlineData(long.MaxValue, "the manifest states 9223372036854775807 bytes, more than the 100 accepted")]
    public void A_manifest_with_a_wrong_length_is_a_clear_error(long length, string finding)
    {
        var lie = new ModelManifest("0.0.1", [new("small.bin", length, Convert.ToHexStringLower(SHA256.HashData([1, 2, 3])))]);
        using var bytes = new MemoryStream();
        lie.Write(bytes);

        AssertError(Archive([1, 2, 3]).With("manifest.json", bytes.ToArray()), finding);
    }

    [Fact]
    public void No_more_of_an_entry_is_read_than_the_manifest_states()
    {
        MemoryModelEntries entries = Archive([1, 2, 3]);
        var bomb = new TrickleStream(new byte[10_000_000], 1000);

        var error = Assert.Throws<InvalidDataException>(
            () => ReadSmall(new SwappedEntry(entries, bomb), stream => new StreamReader(stream).ReadToEnd()));

        Assert.Contains("it is longer than the 3 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, bomb.BytesDelivered);
    }

    [Fact]
    public void An_endless_manifest_is_a_clear_error()
    {
        AssertError(Archive([1]).With("manifest.json", new byte[2_000_000]), "it is longer than the 1048576 bytes accepted");
    }

    [Fact]
    public void A_newer_version_asks_for_an_update()
    {
        AssertError(
            WithManifest("\"version\": 1", "\"version\": 2"),
            "format 2; this one reads up to 1); update the package Microsoft.ML.Hydra.");
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 0", "it states the format version 0, which never existed")]
    [InlineData("\"version\": 1", "\"version\": \"1\"", "it has no whole number 'version'")]
    [InlineData("\"version\": 1", "\"version\": 99999999999999999999", "it has no whole number 'version'")]
    [InlineData("\"version\": 1,", "", "it has no whole number 'version'")]
    [InlineData("Microsoft.ML.Hydra model", "another model", "it does not name the format 'Microsoft.ML.Hydra model'")]
    [InlineData("\"format\"", "\"fromat\"", "it has no text 'format'")]
    [InlineData("\"entries\"", "\"others\"", "it has no list 'entries'")]
    [InlineData("\"length\": 3", "\"length\": -3", "it has no whole number 'length'")]
    [InlineData("\"length\": 3", "\"length\": 4", "its checksum does not match its content")]
    [InlineData("\"library\": \"", "\"library\": \"9", "its checksum does not match its content")]
    [InlineData("\"version\": 1", "\"version\": 1, \"version\": 1", "it is not valid JSON")]
    [InlineData("{", "{{", "it is not valid JSON")]
    [InlineData("\"small.bin\"", "\"\\ud800\"", "it is not valid JSON")]
    [InlineData("\"name\": \"small.bin\"", "\"name\": [[[[]]]]", "it is not valid JSON")]
    public void A_damaged_manifest_is_one_clear_error(string part, string replacement, string finding)
    {
        AssertError(WithManifest(part, replacement), $"The manifest of the saved model cannot be read: {finding}");
    }

    [Theory]
    [InlineData("[]", "it does not name the format")]
    [InlineData("", "it is not valid JSON")]
    public void A_manifest_of_another_kind_is_one_clear_error(string manifest, string finding)
    {
        AssertError(Archive([1]).With("manifest.json", Encoding.UTF8.GetBytes(manifest)), finding);
    }

    [Fact]
    public void A_repeated_entry_in_the_manifest_is_a_clear_error()
    {
        var twice = new ModelManifest("0.0.1", [new("a", 1, ""), new("a", 1, "")]);
        using var bytes = new MemoryStream();
        twice.Write(bytes);

        AssertError(Archive([1]).With("manifest.json", bytes.ToArray()), "it lists the entry 'a' twice");
    }

    [Fact]
    public void A_parser_that_fails_on_intact_content_is_a_clear_error_with_its_reason()
    {
        AssertError(
            Archive([1, 2, 3]),
            _ => throw new FormatException("The first byte is odd."),
            "The entry 'small.bin' of the saved model cannot be read: The first byte is odd.");
    }

    [Fact]
    public void A_parser_that_fails_on_damaged_content_is_reported_as_damage()
    {
        AssertError(
            Archive([1, 2, 3]).With("small.bin", [1, 2]),
            _ => throw new IndexOutOfRangeException(),
            "The entry 'small.bin' of the saved model cannot be read: it ends after 2 of 3 bytes.");
    }

    [Fact]
    public void Cancellation_and_disk_failures_are_not_taken_for_damage()
    {
        Assert.Throws<OperationCanceledException>(() => ReadSmall<int>(Archive([1]), _ => throw new OperationCanceledException()));
        Assert.Throws<IOException>(() => ReadSmall<int>(Archive([1]), _ => throw new IOException()));
    }

    [Fact]
    public void Names_must_be_unique_and_are_not_the_manifest()
    {
        var entries = new MemoryModelEntries();

        Assert.Throws<ArgumentException>(() => ModelArchive.Write(entries, (Small, _ => { }), (Small, _ => { })));
        Assert.Throws<ArgumentException>(() => ModelArchive.Write(entries, (ModelEntry.Manifest, _ => { })));
        Assert.Empty(entries.Order);
    }

    [Fact]
    public void An_entry_that_could_not_be_read_back_is_not_written()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Archive(new byte[101]));

        Assert.Equal("The entry 'small.bin' takes 101 bytes; a model can hold at most 100 there.", error.Message);
    }

    private static MemoryModelEntries Archive(byte[] small)
    {
        var entries = new MemoryModelEntries();
        ModelArchive.Write(entries, (Small, stream => stream.Write(small)));
        return entries;
    }

    private static MemoryModelEntries WithManifest(string part, string replacement)
    {
        MemoryModelEntries entries = Archive([1, 2, 3]);
        string manifest = Encoding.UTF8.GetString(entries.Bytes["manifest.json"]);
        Assert.Contains(part, manifest, StringComparison.Ordinal);
        int at = manifest.IndexOf(part, StringComparison.Ordinal);
        return entries.With("manifest.json", Encoding.UTF8.GetBytes(manifest[..at] + replacement + manifest[(at + part.Length)..]));
    }

    private static T ReadSmall<T>(IModelEntryReader entries, Func<Stream, T> read) => ModelArchive.Open(entries).Read(Small, read);

    private static void AssertError(IModelEntryReader entries, string finding) =>
        AssertError(entries, stream => stream.Read(new byte[1000]), finding);

    private static void AssertError(IModelEntryReader entries, Func<Stream, int> read, string finding)
    {
        var error = Assert.Throws<InvalidDataException>(() => ReadSmall(entries, read));
        Assert.Contains(finding, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Delivers another stream for every entry but the manifest.</summary>
    private sealed class SwappedEntry(IModelEntryReader entries, Stream other) : IModelEntryReader
    {
        public bool TryRead(string name, Action<Stream> read)
        {
            if (name == ModelEntry.Manifest.Name)
            {
                return entries.TryRead(name, read);
            }

            read(other);
            return true;
        }
    }
}
