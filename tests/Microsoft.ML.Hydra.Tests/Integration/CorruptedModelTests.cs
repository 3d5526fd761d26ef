using System.IO.Compression;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>
/// A damaged zip either loads as the model that was saved or is refused in words, in bounded memory; it never becomes
/// another model.
/// </summary>
public sealed class CorruptedModelTests
{
    private const long MemoryLimit = 64 << 20;

    private static readonly Lazy<(SavedModel Saved, string Content)> s_sample = new(Sample);

    private readonly MLContext _mlContext = new();

    [Fact]
    public void A_zip_with_damaged_bytes_is_refused_or_loads_the_same()
    {
        int refused = 0;
        foreach ((string description, byte[] bytes) in ByteMutations.Of(s_sample.Value.Saved.Bytes, seed: 21, count: 600))
        {
            refused += Attempt(description, bytes) is null ? 0 : 1;
        }

        Assert.InRange(refused, 400, 600);
    }

    [Theory]
    [InlineData("manifest.json", 100)]
    [InlineData("options.json", 100)]
    [InlineData("vocabulary.bin", 100)]
    [InlineData("popularity.bin", 100)]
    [InlineData("weights.safetensors", 200)]
    [InlineData("Model.key", 150)]
    public void A_sound_zip_with_a_damaged_entry_is_refused_or_loads_the_same(string name, int count)
    {
        IReadOnlyDictionary<string, byte[]> entries = s_sample.Value.Saved.Entries();
        string entry = entries.Keys.Single(key => key.EndsWith(name, StringComparison.Ordinal));
        int refused = 0;
        foreach ((string description, byte[] bytes) in ByteMutations.Of(entries[entry], seed: 22, count))
        {
            Exception? error = Attempt($"{name}, {description}", Zip(entries, entry, bytes));
            refused += error is null ? 0 : 1;
            if (error is not null && name != "Model.key")
            {
                // Behind the header every complaint is the library's own, and the innermost one at that.
                var cause = Assert.IsType<InvalidDataException>(Assert.IsType<InvalidOperationException>(error).GetBaseException());
                Assert.Contains("saved model", cause.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', cause.Message);
            }
        }

        Assert.InRange(refused, name is "manifest.json" or "Model.key" ? count / 2 : count, count);
    }

    [Fact]
    public void Read_in_place_a_damaged_zip_is_refused_in_one_sentence_or_loads_the_same()
    {
        int refused = 0;
        foreach ((string description, byte[] bytes) in ByteMutations.Of(s_sample.Value.Saved.Bytes, seed: 23, count: 600))
        {
            refused += AttemptInPlace(description, bytes) is null ? 0 : 1;
        }

        Assert.InRange(refused, 400, 600);
        IReadOnlyDictionary<string, byte[]> entries = s_sample.Value.Saved.Entries();
        foreach (string entry in entries.Keys)
        {
            foreach ((string description, byte[] bytes) in ByteMutations.Of(entries[entry], seed: 24, count: 60))
            {
                AttemptInPlace($"{entry}, {description}", Zip(entries, entry, bytes));
            }
        }
    }

    private InvalidDataException? AttemptInPlace(string description, byte[] zip)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? refusal = Record.Exception(() =>
        {
            using var model = _mlContext.SequenceRecommendation().LoadModel(new MemoryStream(zip));
            Assert.True(Content(model) == s_sample.Value.Content, $"{description}: another model came back.");
        });
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < MemoryLimit, $"{description}: {allocated} bytes were allocated.");
        if (refusal is not null)
        {
            Assert.True(refusal is InvalidDataException && refusal.InnerException is null && !refusal.Message.Contains('\n'), $"{description}: {refusal}");
        }

        return (InvalidDataException?)refusal;
    }

    [Fact]
    public void A_zip_without_an_entry_or_with_another_in_its_place_is_refused()
    {
        IReadOnlyDictionary<string, byte[]> entries = s_sample.Value.Saved.Entries();
        string[] own = [.. entries.Keys.Where(key => key.EndsWith(".json", StringComparison.Ordinal) || key.EndsWith(".bin", StringComparison.Ordinal) || key.EndsWith(".safetensors", StringComparison.Ordinal))];
        Assert.Equal(7, own.Length);

        foreach (string entry in own)
        {
            Assert.NotNull(Attempt($"{entry} gone", Zip(entries, entry, null)));
            foreach (string other in own.Where(other => !entries[other].AsSpan().SequenceEqual(entries[entry])))
            {
                Assert.NotNull(Attempt($"{other} as {entry}", Zip(entries, entry, entries[other])));
            }
        }
    }

    [Fact]
    public void Entries_of_another_model_are_refused()
    {
        SavedModel other = Sample(seed: 2).Saved;
        IReadOnlyDictionary<string, byte[]> entries = s_sample.Value.Saved.Entries();
        string weights = entries.Keys.Single(key => key.EndsWith("weights.safetensors", StringComparison.Ordinal));

        Exception? error = Attempt("weights of another model", Zip(entries, weights, other.Entries()[weights]));

        Assert.Contains("weights.safetensors", error?.GetBaseException().Message, StringComparison.Ordinal);
    }

    /// <summary>The refusal, or null where the same model came back.</summary>
    private Exception? Attempt(string description, byte[] zip)
    {
        ITransformer? loaded = null;
        Exception? refusal = null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            loaded = new SavedModel(zip).Load(_mlContext);
        }
        catch (Exception error)
        {
            refusal = error;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < MemoryLimit, $"{description}: {allocated} bytes were allocated.");
        if (refusal is not null)
        {
            Assert.False(string.IsNullOrWhiteSpace(refusal.GetBaseException().Message), description);
            Assert.False(
                refusal.GetBaseException() is OutOfMemoryException or NullReferenceException or IndexOutOfRangeException or InvalidCastException,
                $"{description}: {refusal}");
            return refusal;
        }

        if (loaded is HydraSequenceRecommendationTransformer model)
        {
            Assert.True(Content(model) == s_sample.Value.Content, $"{description}: another model came back.");
        }
        else
        {
            // The name of the directory that holds the model is ML.NET's to find; an empty chain is what it makes of none.
            Assert.Empty(Assert.IsAssignableFrom<IEnumerable<ITransformer>>(loaded));
        }

        return null;
    }

    /// <summary>Everything that a model holds, as one text.</summary>
    private static string Content(HydraSequenceRecommendationTransformer model) => string.Join(
        '\n',
        SavedModel.Save(new MLContext(), model).DigestOfLearned(),
        model.Model.BestEpoch,
        System.Text.Json.JsonSerializer.Serialize(model.Model.Options),
        string.Join(',', model.Model.Epochs));

    private static (SavedModel Saved, string Content) Sample() => Sample(seed: 1);

    private static (SavedModel Saved, string Content) Sample(int seed)
    {
        var mlContext = new MLContext(seed);
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.EmbeddingDimension, options.NumberOfEpochs, options.DeniedItems) = (8, 2, new[] { Shelves.Name(1) });
        IDataView data = Shelves.Load(mlContext, Shelves.Texts(customers: 20));
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(data);
        return (SavedModel.Save(mlContext, model, data.Schema), Content(model));
    }

    private static byte[] Zip(IReadOnlyDictionary<string, byte[]> entries, string changed, byte[]? content)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                if (name != changed || content is not null)
                {
                    using Stream entry = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                    entry.Write(name == changed ? content : bytes);
                }
            }
        }

        return stream.ToArray();
    }
}
