using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

public sealed class CheckpointStoreTests
{
    [Fact]
    public void A_checkpoint_comes_back_whole()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 3);
        SafetensorsFile sample = SafetensorsSamples.Mixed();

        store.Save(new Checkpoint(12, sample.Metadata, sample.Tensors));

        Assert.True(store.TryLoadLatest(out Checkpoint? read, out IReadOnlyList<string> warnings));
        Assert.Empty(warnings);
        Assert.Equal(12, read.Epoch);
        Assert.Equal(SafetensorsSamples.Content(sample), SafetensorsSamples.Content(read.Metadata, read.Tensors));
        Assert.Equal(["epoch-000012.safetensors"], directory.FileNames);
    }

    [Fact]
    public void A_checkpoint_is_a_plain_safetensors_file()
    {
        using var directory = new TemporaryDirectory();
        new CheckpointStore(directory.FullName, 1).Save(Sample(5));

        using FileStream stream = File.OpenRead(directory["epoch-000005.safetensors"]);
        SafetensorsFile file = SafetensorsFile.Read(stream);

        Assert.Equal([5f, 10f], file["w"].Values<float>());
        Assert.Equal("5", file.Metadata["hydra.checkpoint.epoch"]);
        Assert.Equal(64, file.Metadata["hydra.checkpoint.sha256"].Length);
    }

    [Fact]
    public void Only_the_last_ones_are_kept()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 2);
        for (int epoch = 1; epoch <= 5; epoch++)
        {
            store.Save(Sample(epoch));
        }

        Assert.Equal(["epoch-000004.safetensors", "epoch-000005.safetensors"], directory.FileNames);
        Assert.Equal([4, 5], store.Epochs);
        Assert.Equal(5, Latest(store, warnings: 0));
    }

    [Fact]
    public void Saving_an_epoch_again_replaces_it_and_later_epochs_stay()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 1);
        store.Save(Sample(9));
        store.Save(Sample(3));
        store.Save(Sample(3) with { Metadata = new Dictionary<string, string> { ["k"] = "again" } });

        Assert.Equal([3, 9], store.Epochs);
        File.Delete(directory["epoch-000009.safetensors"]);
        Assert.True(store.TryLoadLatest(out Checkpoint? read, out _));
        Assert.Equal("again", read.Metadata["k"]);
    }

    [Fact]
    public void Other_files_are_neither_read_nor_deleted()
    {
        using var directory = new TemporaryDirectory();
        string[] others = ["epoch-.safetensors", "epoch-1.safetensors", "epoch-000001.safetensors.bak", "epoch-0000001.safetensors", "epoch-best.safetensors", "notes.txt"];
        foreach (string name in others)
        {
            File.WriteAllText(directory[name], name);
        }

        var store = new CheckpointStore(directory.FullName, 1);
        store.Save(Sample(1));
        store.Save(Sample(2));

        Assert.Equal([.. others.Append("epoch-000002.safetensors").Order(StringComparer.Ordinal)], directory.FileNames);
        Assert.Equal(2, Latest(store, warnings: 0));
    }

    [Fact]
    public void Leftovers_of_a_crash_are_ignored_and_removed_by_the_next_save()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 2);
        store.Save(Sample(1));
        byte[] half = File.ReadAllBytes(directory["epoch-000001.safetensors"])[..50];
        File.WriteAllBytes(directory["epoch-000002.safetensors.0123456789abcdef.aside"], half);

        Assert.Equal(1, Latest(store, warnings: 0));
        store.Save(Sample(2));

        Assert.Equal(["epoch-000001.safetensors", "epoch-000002.safetensors"], directory.FileNames);
    }

    [Fact]
    public void A_failed_save_keeps_what_was_there()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 1);
        store.Save(Sample(1));

        var error = Assert.Throws<ArgumentException>(
            () => store.Save(Sample(2) with { Metadata = new Dictionary<string, string> { ["hydra.checkpoint.x"] = "" } }));

        Assert.Contains("'hydra.checkpoint.x' starts with 'hydra.checkpoint.', which is reserved", error.Message, StringComparison.Ordinal);
        Assert.Equal(["epoch-000001.safetensors"], directory.FileNames);
        Assert.Equal(1, Latest(store, warnings: 0));
    }

    [Fact]
    public void Damaged_files_are_skipped_with_a_warning_each()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 5);
        for (int epoch = 1; epoch <= 5; epoch++)
        {
            store.Save(Sample(epoch));
        }

        Damage(directory["epoch-000005.safetensors"], bytes => bytes[^1] ^= 1);
        File.WriteAllBytes(directory["epoch-000004.safetensors"], []);
        File.Copy(directory["epoch-000001.safetensors"], directory["epoch-000003.safetensors"], overwrite: true);

        Assert.True(store.TryLoadLatest(out Checkpoint? read, out IReadOnlyList<string> warnings));
        Assert.Equal(2, read.Epoch);
        Assert.Collection(
            warnings,
            w => Assert.EndsWith("epoch-000005.safetensors' was skipped: The checkpoint is damaged: its checksum does not match its content.", w, StringComparison.Ordinal),
            w => Assert.EndsWith("epoch-000004.safetensors' was skipped: The safetensors data cannot be read: it is cut short within the header length, its first 8 bytes.", w, StringComparison.Ordinal),
            w => Assert.EndsWith("epoch-000003.safetensors' was skipped: It holds epoch 1, not the 3 of its name.", w, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_an_intact_file_there_are_warnings_and_no_checkpoint()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 2);
        store.Save(Sample(1));
        File.WriteAllBytes(directory["epoch-000001.safetensors"], SafetensorsSamples.ToBytes(SafetensorsSamples.Mixed()));

        Assert.False(store.TryLoadLatest(out Checkpoint? read, out IReadOnlyList<string> warnings));
        Assert.Null(read);
        Assert.Contains("The file is not a checkpoint: its metadata has no number 'hydra.checkpoint.format'.", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_a_newer_version_asks_for_an_update()
    {
        byte[] bytes = SafetensorsSamples.ToBytes(new SafetensorsFile([], new Dictionary<string, string> { ["hydra.checkpoint.format"] = "2" }));

        var error = Assert.Throws<InvalidDataException>(() => Checkpoint.Read(new MemoryStream(bytes)));

        Assert.Equal("The checkpoint was written by a newer version (format 2; this one reads up to 1); update the package Microsoft.ML.Hydra.", error.Message);
    }

    [Fact]
    public void An_empty_or_missing_directory_has_no_checkpoint()
    {
        using var directory = new TemporaryDirectory();

        Assert.False(new CheckpointStore(directory.FullName, 1).TryLoadLatest(out _, out IReadOnlyList<string> warnings));
        Assert.Empty(warnings);
        var missing = new CheckpointStore(directory["not/there"], 1);
        Assert.False(missing.TryLoadLatest(out _, out _));
        Assert.Empty(missing.Epochs);
        Assert.False(Directory.Exists(directory["not"]));
    }

    [Fact]
    public void Prepare_creates_the_directory_cleans_it_and_leaves_nothing()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory["a/b"], 1);

        store.Prepare().Dispose();
        File.WriteAllText(directory["a/b/epoch-000002.safetensors.01.aside"], "half");
        store.Prepare().Dispose();

        Assert.Empty(Directory.GetFiles(directory["a/b"]));
    }

    [Fact]
    public void Only_one_training_at_a_time_enters_a_directory()
    {
        using var directory = new TemporaryDirectory();
        var second = new CheckpointStore(directory.FullName, 1);
        using (new CheckpointStore(directory.FullName, 1).Prepare())
        {
            Assert.Equal(
                $"The checkpoint directory '{directory.FullName}' is in use by another training; wait for its end, or choose another directory.",
                Assert.Throws<InvalidOperationException>(() => second.Prepare()).Message);
        }

        File.WriteAllText(directory["checkpoints.lock"], "");    // what a killed process leaves
        second.Prepare().Dispose();
        Assert.Empty(directory.FileNames);
    }

    [Fact]
    public void A_directory_that_cannot_be_used_is_one_clear_error()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["file"], "");
        var store = new CheckpointStore(directory["file"], 1);

        foreach (Action use in new Action[] { () => store.Prepare(), () => store.Save(Sample(1)) })
        {
            var error = Assert.Throws<InvalidOperationException>(use);
            Assert.StartsWith($"The checkpoint directory '{directory["file"]}' cannot be used: ", error.Message, StringComparison.Ordinal);
            Assert.EndsWith("Choose one that can be read and written.", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData(" ", 1)]
    [InlineData("directory", 0)]
    public void Wrong_arguments_are_refused(string directory, int keepLast)
    {
        Assert.ThrowsAny<ArgumentException>(() => new CheckpointStore(directory, keepLast));
    }

    [Fact]
    public async Task Readers_always_find_a_whole_checkpoint_while_one_writes()
    {
        using var directory = new TemporaryDirectory();
        var store = new CheckpointStore(directory.FullName, 2);
        store.Save(Sample(1));
        using var done = new CancellationTokenSource();
        Task<int>[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => ReadUntil(done.Token)))];

        for (int epoch = 2; epoch <= 60; epoch++)
        {
            store.Save(Sample(epoch));
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), last => Assert.Equal(60, last));

        int ReadUntil(CancellationToken end)
        {
            var reader = new CheckpointStore(directory.FullName, 2);
            int last = 0;
            bool ending;
            do
            {
                ending = end.IsCancellationRequested;
                Assert.True(reader.TryLoadLatest(out Checkpoint? read, out IReadOnlyList<string> warnings));
                Assert.Empty(warnings);
                Assert.InRange(read.Epoch, last, 60);
                Assert.Equal([read.Epoch, 2f * read.Epoch], read.Tensors[0].Values<float>());
                last = read.Epoch;
            }
            while (!ending);
            return last;
        }
    }

    private static Checkpoint Sample(int epoch) => new(
        epoch,
        new Dictionary<string, string> { ["options"] = """{"seed":1}""" },
        [new NamedTensor("w", [2], new float[] { epoch, 2 * epoch })]);

    private static int Latest(CheckpointStore store, int warnings)
    {
        Assert.True(store.TryLoadLatest(out Checkpoint? read, out IReadOnlyList<string> texts));
        Assert.Equal(warnings, texts.Count);
        return read.Epoch;
    }

    private static void Damage(string path, Action<byte[]> damage)
    {
        byte[] bytes = File.ReadAllBytes(path);
        damage(bytes);
        File.WriteAllBytes(path, bytes);
    }
}
