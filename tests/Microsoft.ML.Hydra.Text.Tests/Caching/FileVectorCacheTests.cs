using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Text.Caching;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Caching;

public sealed class FileVectorCacheTests : IDisposable
{
    private const int RecordLength = 4 + 32 + (3 * 4) + 16;

    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _warnings = [];

    private string File => _directory["vectors.cache"];

    [Fact]
    public void Another_cache_on_the_file_finds_what_one_kept()
    {
        FileVectorCache writer = Open(), early = Open();
        writer.Add(Pairs(0, 5));
        writer.Add(Pairs(3, 8));    // three of them again

        Assert.Equal(16 + (8 * RecordLength), new FileInfo(File).Length);
        AssertHolds(Open(), 0, 8);
        AssertHolds(early, 0, 8);
        AssertHolds(writer, 0, 8);
        Assert.Empty(Found(Open(), 8, 9));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_vector_of_another_length_is_not_found()
    {
        Open().Add(Pairs(0, 1));
        var found = new Dictionary<VectorKey, float[]>();
        Open().Find([Key(0)], 4, found);

        Assert.Empty(found);
    }

    // A writer that is killed leaves any number of bytes.
    [Fact]
    public void Whatever_a_killed_writer_left_costs_only_the_record_that_is_not_whole()
    {
        Open().Add(Pairs(0, 3));
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            FileVectorCache cache = Open();
            int kept = Math.Max(0, (length - 16) / RecordLength);
            AssertHolds(cache, 0, kept);
            Assert.Empty(Found(cache, kept, 3));

            cache.Add(Pairs(3, 4));
            AssertHolds(Open(), 0, kept);
            AssertHolds(Open(), 3, 4);
            Assert.Equal(16 + ((kept + 1) * RecordLength), new FileInfo(File).Length);
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_bit_that_changed_costs_the_vector_it_is_in_and_gives_one_warning()
    {
        Open().Add(Pairs(0, 4));
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int at = 16 + RecordLength; at < 16 + (2 * RecordLength); at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 1;
            System.IO.File.WriteAllBytes(File, damaged);
            _warnings.Clear();
            FileVectorCache cache = Open();

            AssertHolds(cache, 0, 1);
            Assert.Empty(Found(cache, 1, 2));
            if (at >= 16 + RecordLength + 4)
            {
                AssertHolds(cache, 2, 4);    // where the length of the record is not what changed
            }

            cache.Add(Pairs(0, 4));
            AssertHolds(Open(), 0, 4);
        }

        Assert.Equal([$"A part of the cache '{File}' is damaged; the texts whose vectors were there are encoded again."], _warnings.Distinct());
    }

    [Fact]
    public void A_record_that_was_damaged_since_it_was_found_is_not_believed()
    {
        FileVectorCache cache = Open();
        cache.Add(Pairs(0, 2));
        using (FileStream file = System.IO.File.OpenWrite(File))
        {
            file.Position = 16 + 40;
            file.WriteByte(7);
        }

        Assert.Equal([Key(1)], Found(cache, 0, 2).Keys);
        Assert.Single(_warnings);
    }

    [Fact]
    public void A_file_that_was_deleted_is_begun_again()
    {
        FileVectorCache cache = Open();
        cache.Add(Pairs(0, 5));
        System.IO.File.Delete(File);

        Assert.Empty(Found(cache, 0, 5));
        cache.Add(Pairs(4, 6));
        AssertHolds(Open(), 4, 6);
    }

    [Fact]
    public void Another_file_is_left_as_it_is()
    {
        System.IO.File.WriteAllText(File, "itemId,title\n1,A book that somebody wrote\n");
        InvalidDataException error = Assert.Throws<InvalidDataException>(Open);

        Assert.Equal(
            $"The cache '{File}' is not a file of text vectors: it begins with other bytes; it is left as it is: give another path for the cache, or delete the file.", error.Message);
        Assert.Equal("itemId,title\n1,A book that somebody wrote\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_file_of_a_later_format_is_left_as_it_is()
    {
        System.IO.File.WriteAllBytes(File, [.. "HYDRATXV"u8, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);

        Assert.Contains("has the format 2, but this version of Microsoft.ML.Hydra.Text reads format 1", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
        Assert.Equal(19, new FileInfo(File).Length);
    }

    [Fact]
    public void A_directory_that_does_not_exist_is_one_sentence()
    {
        IOException error = Assert.Throws<IOException>(() => new FileVectorCache(_directory["missing/vectors.cache"], _warnings.Add));

        Assert.StartsWith($"The cache '{_directory["missing/vectors.cache"]}' cannot be written: Could not find a part of the path", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("give a path in a directory that exists and can be written to, or none to keep the vectors in memory.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writers_at_the_same_time_lose_nothing()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, writer =>
        {
            FileVectorCache cache = Open();
            for (int i = 0; i < 20; i++)
            {
                cache.Add(Pairs((writer * 20) + i, (writer * 20) + i + 1));
                Found(cache, 0, 160);
            }
        });

        AssertHolds(Open(), 0, 160);
        Assert.Equal(16 + (160 * RecordLength), new FileInfo(File).Length);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Memory_keeps_what_was_asked_for_last()
    {
        var cache = new MemoryVectorCache(maximumBytes: 20 * (32 + 12));
        for (int i = 0; i < 200; i++)
        {
            cache.Add(Pairs(i, i + 1));
            Assert.Single(Found(cache, 0, 1));    // the first one is asked for all the time
        }

        AssertHolds(cache, 191, 200);
        Assert.Empty(Found(cache, 1, 170));
    }

    public void Dispose() => _directory.Dispose();

    private FileVectorCache Open() => new(File, _warnings.Add);

    private static VectorKey Key(int number) => VectorKey.Read(SHA256.HashData(Encoding.UTF8.GetBytes($"key {number}")));

    private static float[] Vector(int number) => [number, -number / 3f, float.Epsilon];

    private static (VectorKey, float[])[] Pairs(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => (Key(i), Vector(i)))];

    private static Dictionary<VectorKey, float[]> Found(VectorCache cache, int from, int to)
    {
        var found = new Dictionary<VectorKey, float[]>();
        cache.Find([.. Enumerable.Range(from, Math.Max(0, to - from)).Select(Key)], 3, found);
        return found;
    }

    private static void AssertHolds(VectorCache cache, int from, int to)
    {
        Dictionary<VectorKey, float[]> found = Found(cache, from, to);
        Assert.All(Enumerable.Range(from, Math.Max(0, to - from)), i => Assert.Equal(Vector(i), found[Key(i)]));
    }
}
