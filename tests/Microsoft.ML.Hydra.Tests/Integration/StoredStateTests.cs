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

        Assert.Contains("is of version 3", AssertRefused("later", later).Message, StringComparison.Ordinal);
        Assert.Contains("is of version 1", AssertRefused("earlier", earlier).Message, StringComparison.Ordinal);
        Assert.Contains("not the state", AssertRefused("zip", models.SavedText.Bytes).Message, StringComparison.Ordinal);
        Assert.Contains("ends early", AssertRefused("nothing", []).Message, StringComparison.Ordinal);
        Assert.Contains("one state only", AssertRefused("two", [.. state.ToBytes(), .. state.ToBytes()]).Message, StringComparison.Ordinal);
    }

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
