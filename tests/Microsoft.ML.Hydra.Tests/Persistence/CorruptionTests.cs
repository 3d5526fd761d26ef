using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>Damaged bytes give one kind of exception or the content that was written, in bounded memory.</summary>
public sealed class CorruptionTests
{
    private const long MemoryLimit = 2 << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_damaged_archive_is_refused_or_reads_the_same(bool seekable)
    {
        MemoryModelEntries intact = ArchiveSamples.Write(seekable);
        string expected = ArchiveSamples.Read(intact);
        int refused = 0;
        foreach (string name in intact.Order)
        {
            if (intact.Bytes[name].Length == 0)
            {
                continue;
            }

            foreach ((string description, byte[] bytes) in ByteMutations.Of(intact.Bytes[name], seed: 11, count: 400))
            {
                MemoryModelEntries damaged = intact.With(name, bytes);
                string? content = Attempt($"{name}, {description}", () => ArchiveSamples.Read(damaged));
                Assert.True(content is null || content == expected, $"{name}, {description}: other content came back.");
                Assert.True(content is null || name == "manifest.json", $"{name}, {description}: damage was not noticed.");
                refused += content is null ? 1 : 0;
            }
        }

        Assert.InRange(refused, 1500, 1600);
    }

    [Fact]
    public void Swapped_entries_are_refused()
    {
        MemoryModelEntries intact = ArchiveSamples.Write(seekable: true);
        foreach (string name in intact.Order)
        {
            foreach (string other in intact.Order.Where(other => other != name))
            {
                Assert.Null(Attempt($"{other} as {name}", () => ArchiveSamples.Read(intact.With(name, intact.Bytes[other]))));
            }

            Assert.Null(Attempt($"{name} gone", () => ArchiveSamples.Read(intact.With(name, null))));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_damaged_safetensors_file_is_refused_or_whole(bool seekable)
    {
        byte[] intact = SafetensorsSamples.ToBytes(SafetensorsSamples.Mixed());
        int refused = 0;
        foreach ((string description, byte[] bytes) in ByteMutations.Of(intact, seed: 12, count: 1500))
        {
            // Without a checksum other values may be read, but never more or fewer than the bytes hold.
            SafetensorsFile? read = Attempt(description, () => SafetensorsFile.Read(Open(bytes, seekable)));
            long? length = read?.Tensors.Sum(tensor => tensor.ByteLength) + 8 + BitConverter.ToInt64(bytes);
            Assert.True(length is null || length == bytes.Length, $"{description}: {length} of {bytes.Length} bytes came back.");
            refused += read is null ? 1 : 0;
        }

        Assert.InRange(refused, 900, 1499);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_damaged_checkpoint_is_refused_or_reads_the_same(bool seekable)
    {
        SafetensorsFile sample = SafetensorsSamples.Mixed();
        using var bytes = new MemoryStream();
        new Checkpoint(7, sample.Metadata, sample.Tensors).Write(bytes);
        string expected = Read(new MemoryStream(bytes.ToArray()));
        int refused = 0;
        foreach ((string description, byte[] damaged) in ByteMutations.Of(bytes.ToArray(), seed: 13, count: 1500))
        {
            string? content = Attempt(description, () => Read(Open(damaged, seekable)));
            Assert.True(content is null || content == expected, $"{description}: other content came back.");
            refused += content is null ? 1 : 0;
        }

        Assert.InRange(refused, 1450, 1500);

        static string Read(Stream source)
        {
            Checkpoint checkpoint = Checkpoint.Read(source);
            return checkpoint.Epoch + SafetensorsSamples.Content(checkpoint.Metadata, checkpoint.Tensors);
        }
    }

    private static Stream Open(byte[] bytes, bool seekable) => seekable ? new MemoryStream(bytes) : new TrickleStream(bytes);

    /// <summary>The result, or null where the bytes are refused with the expected exception.</summary>
    private static T? Attempt<T>(string description, Func<T> read)
        where T : class
    {
        T? result = null;
        string? failure = null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            result = read();
        }
        catch (InvalidDataException error)
        {
            Assert.DoesNotContain('\n', error.Message);
            Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        }
        catch (Exception other)
        {
            failure = other.ToString();
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(failure is null, $"{description}: {failure}");
        Assert.True(allocated < MemoryLimit, $"{description}: {allocated} bytes were allocated.");
        return result;
    }
}
