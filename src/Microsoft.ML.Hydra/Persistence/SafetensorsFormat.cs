namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// Constants of the safetensors layout (github.com/huggingface/safetensors, "Format"): 8 bytes of little-endian header
/// length, a JSON header padded with spaces, then the buffer, which the tensors cover without hole or overlap.
/// </summary>
internal static class SafetensorsFormat
{
    /// <summary>The header key of the text-to-text map; no tensor may have this name.</summary>
    public const string MetadataKey = "__metadata__";

    public const string ElementTypeKey = "dtype";
    public const string ShapeKey = "shape";
    public const string OffsetsKey = "data_offsets";

    /// <summary>Bytes of the header length at the start.</summary>
    public const int PrefixLength = 8;

    /// <summary>The header is padded so that the buffer starts at a multiple of this many bytes.</summary>
    public const int Alignment = 8;

    /// <summary>Longest header read or written, in bytes; the layout itself allows 100 MB.</summary>
    public const int MaximumHeaderLength = 16 * 1024 * 1024;

    /// <summary>The exception for content that does not follow the layout.</summary>
    public static InvalidDataException Invalid(string finding, Exception? cause = null) =>
        new($"The safetensors data cannot be read: {finding}.", cause);
}
