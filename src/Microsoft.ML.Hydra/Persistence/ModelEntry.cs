namespace Microsoft.ML.Hydra.Persistence;

/// <summary>An entry of a saved model: its name and the most bytes that are written or read.</summary>
internal sealed record ModelEntry(string Name, long MaximumLength)
{
    private const long MiB = 1L << 20;
    private const long GiB = 1L << 30;

    /// <summary>Format, version and the length and checksum of every other entry; written last.</summary>
    public static ModelEntry Manifest { get; } = new("manifest.json", MiB);

    /// <summary>The full options of the trainer.</summary>
    public static ModelEntry Options { get; } = new("options.json", MiB);

    /// <summary>The items in key order.</summary>
    public static ModelEntry Vocabulary { get; } = new("vocabulary.bin", 8 * GiB);

    /// <summary>How often each item occurred in training.</summary>
    public static ModelEntry Popularity { get; } = new("popularity.bin", 2 * GiB);

    /// <summary>A bit for each item row, set where the item may never be recommended; empty when all may.</summary>
    public static ModelEntry Candidates { get; } = new("candidates.bin", GiB);

    /// <summary>The co-occurrence prior; only in models that have one.</summary>
    public static ModelEntry Cooccurrence { get; } = new("cooccurrence.bin", 64 * GiB);

    /// <summary>The tensors in the safetensors layout.</summary>
    public static ModelEntry Weights { get; } = new("weights.safetensors", 256 * GiB);
}
