using Microsoft.ML.Hydra.Text.Tests.Featurizing;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Encoders;

public sealed class GeneratorEncoderTests
{
    [Fact]
    public void Vectors_are_in_the_order_of_the_texts_of_length_1_and_not_known_without_a_letter_or_digit()
    {
        using var generator = new CountingGenerator();
        string[] texts = [.. Enumerable.Range(0, 150).Select(i => $"text {i}"), "...", "", "text 3"];
        using TextEncoder encoder = TextEncoder.From(generator, "test");

        float[][] vectors = encoder.Encode(texts);

        Assert.Equal(4, encoder.Dimension);
        Assert.Equal(texts.Length, vectors.Length);
        Assert.All(texts.Zip(vectors), pair => Assert.Equal(
            pair.First.Any(char.IsLetterOrDigit) ? CountingGenerator.UnitOf(pair.First) : [float.NaN, float.NaN, float.NaN, float.NaN], pair.Second));
        Assert.Equal([64, 64, 22], generator.Requests);    // each text once, in requests of at most 64
    }

    [Fact]
    public void A_provider_that_states_no_dimension_is_asked_for_one_vector_once()
    {
        using var generator = new CountingGenerator(7) { Stated = null };
        using TextEncoder encoder = TextEncoder.From(generator, "test");

        Assert.Empty(generator.Requests);
        Assert.Equal(7, encoder.Dimension);
        Assert.Equal(7, encoder.Dimension);
        Assert.Equal([1], generator.Requests);
    }

    [Fact]
    public void The_identity_follows_from_the_name()
    {
        using var generator = new CountingGenerator();
        using TextEncoder one = TextEncoder.From(generator, "model a"), same = TextEncoder.From(generator, "model a"), other = TextEncoder.From(generator, "model b");

        Assert.Equal(one.Identity, same.Identity);
        Assert.NotEqual(one.Identity, other.Identity);
        Assert.Matches("^[0-9a-f]{64}$", one.Identity);
    }

    [Fact]
    public void The_provider_is_not_disposed_with_the_encoder()
    {
        using var generator = new CountingGenerator();
        TextEncoder encoder = TextEncoder.From(generator, "test");
        encoder.Dispose();

        Assert.False(generator.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => encoder.Encode(["text"]));
    }

    // The answer comes on a context that nobody serves while this thread waits.
    [Fact]
    public void A_waiting_synchronisation_context_is_not_needed_for_the_answer()
    {
        using var generator = new CountingGenerator();
        using TextEncoder encoder = TextEncoder.From(generator, "test");
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new DeafContext());
        try
        {
            Assert.Equal(CountingGenerator.UnitOf("text"), encoder.Encode(["text"])[0]);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    [Theory]
    [InlineData("fewer", "The embedding generator 'test' gave 1 vectors for 2 texts; expected one for each.")]
    [InlineData("long", "The embedding generator 'test' gave the text 'second' a vector of 5 numbers; expected 4, as it states or gave before.")]
    [InlineData("infinite", "The embedding generator 'test' gave the text 'second' a vector with a number that is not finite; expected finite numbers.")]
    [InlineData("zero", "The embedding generator 'test' gave the text 'second' a vector of zeros, which has no direction; expected one with a length.")]
    [InlineData("throw", "The embedding generator 'test' failed for 2 texts, the first of which is 'first': 429 too many requests")]
    public void What_a_provider_does_wrong_is_one_sentence(string kind, string sentence)
    {
        using var generator = new CountingGenerator
        {
            Answer = texts => kind switch
            {
                "fewer" => [[1, 2, 3, 4]],
                "long" => [[1, 2, 3, 4], [1, 2, 3, 4, 5]],
                "infinite" => [[1, 2, 3, 4], [1, float.PositiveInfinity, 3, 4]],
                "zero" => [[1, 2, 3, 4], [0, 0, 0, 0]],
                _ => throw new HttpRequestException("429 too many requests"),
            },
        };
        using TextEncoder encoder = TextEncoder.From(generator, "test");

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => encoder.Encode(["first", "second"]));

        Assert.Equal(sentence, error.Message);
        Assert.Equal(kind == "throw", error.InnerException is HttpRequestException);
    }

    private sealed class DeafContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
