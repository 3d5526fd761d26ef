using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace Microsoft.ML.Hydra.Text.Tests.Featurizing;

/// <summary>A provider of embeddings whose vectors follow from the text alone, and which remembers what it was asked for.</summary>
internal sealed class CountingGenerator(int dimension = 4) : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>All texts of all requests.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>The number of texts of each request.</summary>
    public ConcurrentQueue<int> Requests { get; } = new();

    /// <summary>What a request gives; by default <see cref="Of"/> each text.</summary>
    public Func<string[], IEnumerable<float[]>>? Answer { get; init; }

    /// <summary>The number of dimensions that it states; null for none.</summary>
    public int? Stated { get; init; } = dimension;

    public bool IsDisposed { get; private set; }

    /// <summary>The vector of a text, not of length 1.</summary>
    public static float[] Of(string text, int dimension) =>
        [.. SHA256.HashData(Encoding.UTF8.GetBytes(text)).Take(dimension).Select(value => (value - 128.5f) / 16)];

    /// <summary>The vector of a text, of length 1.</summary>
    public static float[] UnitOf(string text, int dimension = 4)
    {
        float[] vector = Of(text, dimension);
        double length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return [.. vector.Select(value => (float)(value / length))];
    }

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] texts = [.. values];
        Requests.Enqueue(texts.Length);
        foreach (string text in texts)
        {
            Asked.Enqueue(text);
        }

        await Task.Yield();
        IEnumerable<float[]> vectors = Answer?.Invoke(texts) ?? texts.Select(text => Of(text, dimension));
        return new GeneratedEmbeddings<Embedding<float>>(vectors.Select(vector => new Embedding<float>(vector)));
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) && Stated is int stated ? new EmbeddingGeneratorMetadata("test", defaultModelDimensions: stated) : null;

    public void Dispose() => IsDisposed = true;
}
