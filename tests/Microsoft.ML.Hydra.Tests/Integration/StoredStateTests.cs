using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>States as bytes: they are read back unchanged, with their own model only, and damage is an error.</summary>
[Collection(FittedModels.Collection)]
public sealed class StoredStateTests(FittedModels models)
{
    private const long MemoryLimit = 1 << 20;

    private static readonly string[] s_history = [.. Enumerable.Range(21, 30).Select(Shelves.Name)];

    [Fact]
    public void A_state_comes_back_to_the_bit_in_another_loading_of_the_model()
    {
        using var state = Appended(models.Text);
        using var loaded = (HydraSequenceRecommendationTransformer)models.SavedText.Load(new MLContext());

        using var read = loaded.ReadState(state.ToBytes());

        Assert.Equal((state.NumberOfEvents, state.NumberOfSkippedItems), (read.NumberOfEvents, read.NumberOfSkippedItems));
        Assert.Equal(state.ToBytes(), read.ToBytes());
        RecommendedItem<string>[] all = read.Recommend<string>(1000);
        Assert.Equal(state.Recommend<string>(1000), all);
        Assert.Empty(all.Select(item => item.Item).Intersect(s_history));
        read.Append(Shelves.Name(1));
        state.Append(Shelves.Name(1));
        Assert.Equal(state.Recommend<string>(10), read.Recommend<string>(10));
    }

    [Fact]
    public void States_follow_one_another_in_a_stream()
    {
        using var first = Appended(models.Text);
        using var second = models.Text.CreateState();
        using var stream = new MemoryStream();
        first.Write(stream);
        second.Write(stream);
        stream.Position = 0;

        using var trickled = models.Text.ReadState(new TrickleStream(stream.ToArray()));
        using var readFirst = models.Text.ReadState(stream);
        using var readSecond = models.Text.ReadState(stream);

        Assert.Equal(readFirst.ToBytes(), trickled.ToBytes());
        Assert.Equal(s_history.Length, readFirst.NumberOfEvents);
        Assert.Equal(0, readSecond.NumberOfEvents);
        Assert.Equal(second.Recommend<string>(10), readSecond.Recommend<string>(10));
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void What_is_recommended_is_no_part_of_it()
    {
        using var state = Appended(models.Text);
        using var other = models.Text.WithRecommendations(models.Text.Recommendations with { ExcludeSeenItems = false, AllowedItems = s_history });

        using var read = other.ReadState(state.ToBytes());

        Assert.Equal(s_history.Order(), read.Recommend<string>(1000).Select(item => item.Item).Order());
    }

    [Fact]
    public void A_state_of_another_model_is_refused()
    {
        using var state = Appended(models.Text);
        using var again = models.Context.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options())
            .Fit(Shelves.Load(models.Context, Shelves.Texts(seed: 2)), models.Text);

        foreach (HydraSequenceRecommendationTransformer other in new[] { models.Numbers, again })
        {
            Assert.Contains(
                "belongs to another model", Assert.Throws<InvalidDataException>(() => other.ReadState(state.ToBytes())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_model_with_more_items_reads_the_states_of_the_one_before()
    {
        string[][] first = [.. Shelves.Texts().Where(items => string.CompareOrdinal(items[0], Shelves.Name(41)) < 0)];
        using var earlier = Fit(SmallTraining.Options(), first);
        using var grown = Fit(Unmoved(), [.. Shelves.Texts(seed: 2)], earlier);
        using var changed = Fit(SmallTraining.Options(), [.. Shelves.Texts(seed: 2)], earlier);
        Assert.Equal((40, Shelves.NumberOfItems), (earlier.Model.NumberOfItems, grown.Model.NumberOfItems));
        using var state = Appended(earlier);

        using var read = grown.ReadState(state.ToBytes());

        using var anew = Appended(grown);
        Assert.Equal((anew.NumberOfEvents, anew.NumberOfSkippedItems), (read.NumberOfEvents + 10, read.NumberOfSkippedItems - 10));
        string[] known = [.. s_history.Where(item => string.CompareOrdinal(item, Shelves.Name(41)) < 0)];
        using var same = grown.CreateState();
        same.Append(known);
        Assert.Equal(same.Recommend<string>(1000), read.Recommend<string>(1000));
        read.Append(Shelves.Name(55));
        Assert.Contains("version of the model, with 60 items, and this one has 40", Assert.Throws<InvalidDataException>(() => earlier.ReadState(read.ToBytes())).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to another model", Assert.Throws<InvalidDataException>(() => changed.ReadState(state.ToBytes())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_of_version_2_is_read_by_the_model_that_it_was_made_with()
    {
        string golden = Path.Combine(AppContext.BaseDirectory, "Golden");
        using var model = (HydraSequenceRecommendationTransformer)new MLContext().Model.Load(Path.Combine(golden, "model-v1.zip"), out _);
        byte[] old = File.ReadAllBytes(Path.Combine(golden, "state-v2.bin"));
        using var state = model.CreateState();
        Assert.Equal(9, state.Append([.. Enumerable.Range(3, 9).Select(Shelves.Name), "never seen"]));

        using var read = model.ReadState(old);

        Assert.Equal((9, 1), (read.NumberOfEvents, read.NumberOfSkippedItems));
        Assert.Equal(["item 12", "item 13", "item 14", "item 18"], read.Recommend<string>(4).Select(item => item.Item));
        Assert.All(state.Recommend<string>(10).Zip(read.Recommend<string>(10)), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-5f));
        Assert.Equal((byte)3, read.ToBytes()[8]);
        Assert.Contains("belongs to another model", AssertRefused("of another model", old).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalogue_of_many_items_is_known_by_its_first_ones()
    {
        (ModelIdentity few, ModelIdentity many) = (Identity(items: 3000), Identity(items: 5000));
        (ModelIdentity moved, ModelIdentity renamed) = (Identity(items: 5000, movedRow: 2500), Identity(items: 5000, renamedRow: 2500));

        foreach (int n in new[] { 0, 1, 1023, 1024, 1025, 2048, 2499, 2500, 3000 })
        {
            Assert.True(few.Catalog(n).SequenceEqual(many.Catalog(n)), $"{n}");
            Assert.Equal(n < 2500, moved.Catalog(n).SequenceEqual(many.Catalog(n)));
            Assert.Equal(n < 2500, renamed.Catalog(n).SequenceEqual(many.Catalog(n)));
            Assert.False(many.Catalog(n).SequenceEqual(many.Catalog(n + 1)), $"{n}");
        }

        Assert.True(few.Encoder.SequenceEqual(moved.Encoder));
        Assert.False(few.Whole.SequenceEqual(many.Whole));
    }

    [Fact]
    public void Damaged_states_are_refused_in_words_and_in_bounded_memory()
    {
        using var state = Appended(models.Text);
        byte[] bytes = state.ToBytes();
        models.Text.ReadState(bytes).Dispose();
        foreach ((string description, byte[] damaged) in ByteMutations.Of(bytes, seed: 5, count: 1500))
        {
            AssertRefused(description, damaged);
        }

        for (int length = 0; length < bytes.Length; length += Math.Max(1, length / 20))
        {
            AssertRefused($"{length} bytes", bytes[..length]);
        }
    }

    [Fact]
    public void Bytes_of_something_else_and_of_another_version_are_told_apart()
    {
        using var state = Appended(models.Text);
        byte[] later = state.ToBytes(), earlier = state.ToBytes();
        later[8]++;
        earlier[8] = 1;

        Assert.Contains("is of version 4", AssertRefused("later", later).Message, StringComparison.Ordinal);
        Assert.Contains("is of version 1", AssertRefused("earlier", earlier).Message, StringComparison.Ordinal);
        Assert.Contains("not the state", AssertRefused("zip", models.SavedText.Bytes).Message, StringComparison.Ordinal);
        Assert.Contains("ends early", AssertRefused("nothing", []).Message, StringComparison.Ordinal);
        Assert.Contains("one state only", AssertRefused("two", [.. state.ToBytes(), .. state.ToBytes()]).Message, StringComparison.Ordinal);
    }

    private static FittedIdentity Identity(int items, int movedRow = 0, int renamedRow = 0)
    {
        var builder = new TextItemVocabularyBuilder();
        var vectors = new float[(items + 1) * 2];
        for (int row = 1; row <= items; row++)
        {
            builder.GetOrAdd((row == renamedRow ? "another" : $"item {row}").AsMemory());
            vectors[2 * row] = row == movedRow ? -1 : row;
        }

        NamedTensor[] weights = [new("item_embedding", [items + 1L, 2], vectors), new("embedding_norm.weight", [2], new float[] { 1, 2 })];
        var options = new TrainerOptions { EmbeddingDimension = 2, NumberOfLatentHeads = 1 };
        var model = new FittedModel
        {
            Options = options, Vocabulary = builder.Build(), Clock = null, ItemCounts = [], Weights = weights, Epochs = [], BestEpoch = 0, ValidationNdcgAt10 = 0,
        };
        return new FittedIdentity(model, ResolvedOptions.SizesFor(options, items));
    }

    // So small a rate moves no weight.
    private static HydraSequenceRecommendationTrainer.Options Unmoved()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.LearningRate) = (1, 1e-20);
        return options;
    }

    private HydraSequenceRecommendationTransformer Fit(
        HydraSequenceRecommendationTrainer.Options options, string[][] histories, HydraSequenceRecommendationTransformer? initial = null) =>
        models.Context.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(models.Context, histories), initial);

    private static HydraUserState Appended(HydraSequenceRecommendationTransformer model)
    {
        var state = model.CreateState();
        state.Append([.. s_history, "never seen"]);
        return state;
    }

    private InvalidDataException AssertRefused(string description, byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? refusal = Record.Exception(() => models.Text.ReadState(bytes));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < MemoryLimit, $"{description}: {allocated} bytes were allocated.");
        Assert.True(refusal is InvalidDataException, $"{description}: {refusal}");
        Assert.DoesNotContain('\n', refusal!.Message);
        return (InvalidDataException)refusal;
    }
}
