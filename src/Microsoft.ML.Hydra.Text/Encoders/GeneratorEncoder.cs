using Microsoft.Extensions.AI;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Text.Encoders;

/// <summary>Vectors of a provider of embeddings.</summary>
/// <param name="generator">The provider.</param>
/// <param name="name">What the identity is made of.</param>
internal sealed class GeneratorEncoder(IEmbeddingGenerator<string, Embedding<float>> generator, string name) : TextEncoder
{
    // Providers limit the texts of a request; all known ones take as many as this.
    private const int TextsAtOnce = 64;

    private readonly Lock _lock = new();
    private int _dimension;
    private bool _isDisposed;

    /// <summary>As the provider states it; where it states nothing, the length of the vector of one text, which is asked for once.</summary>
    public override int Dimension
    {
        get
        {
            lock (_lock)
            {
                if (_dimension == 0)
                {
                    int? stated = (generator.GetService(typeof(EmbeddingGeneratorMetadata)) as EmbeddingGeneratorMetadata)?.DefaultModelDimensions;
                    _dimension = stated is > 0 ? stated.Value : Generate(["dimension"])[0].Length;
                }

                return _dimension;
            }
        }
    }

    public override string Identity { get; } = IdentityOf(name);

    public override void Dispose() => _isDisposed = true;

    private protected override float[][] EncodeDifferent(IReadOnlyList<string> texts)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        int dimension = Dimension;
        var vectors = new List<float[]>(texts.Count);
        foreach (string[] batch in texts.Chunk(TextsAtOnce))
        {
            foreach ((string text, float[] vector) in batch.Zip(Generate(batch)))
            {
                Check(text, vector, dimension);
                vectors.Add(vector);
            }
        }

        return [.. vectors];
    }

    private void Check(string text, float[] vector, int dimension)
    {
        string? finding =
            vector.Length != dimension ? FormattableString.Invariant($"a vector of {vector.Length} numbers; expected {dimension}, as it states or gave before")
            : !vector.All(float.IsFinite) ? "a vector with a number that is not finite; expected finite numbers"
            : vector.All(value => value == 0) ? "a vector of zeros, which has no direction; expected one with a length"
            : null;
        if (finding is not null)
        {
            throw new InvalidOperationException($"The embedding generator '{name}' gave the text '{MessageText.Of(text)}' {finding}.");
        }
    }

    // On a thread of the pool, where no synchronisation context waits for this call.
    private float[][] Generate(string[] texts)
    {
        GeneratedEmbeddings<Embedding<float>> embeddings;
        try
        {
            embeddings = Task.Run(() => generator.GenerateAsync(texts)).GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // A provider reports its failures in its own ways; all get the same context.
        catch (Exception cause) when (cause is not OperationCanceledException)
#pragma warning restore CA1031
        {
            throw new InvalidOperationException(
                $"The embedding generator '{name}' failed for {texts.Length} {(texts.Length == 1 ? "text" : "texts")}, the first of which is '{MessageText.Of(texts[0])}': {MessageText.OneLine(cause.Message)}", cause);
        }

        return embeddings.Count == texts.Length
            ? [.. embeddings.Select(embedding => embedding.Vector.ToArray())]
            : throw new InvalidOperationException(FormattableString.Invariant($"The embedding generator '{name}' gave {embeddings.Count} vectors for {texts.Length} texts; expected one for each."));
    }

    private static string IdentityOf(string name)
    {
        using var digest = new ContentDigest();
        digest.Add("Microsoft.Extensions.AI");
        digest.Add(name);
        return digest.Take();
    }
}
