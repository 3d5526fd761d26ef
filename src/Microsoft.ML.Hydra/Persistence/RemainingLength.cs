namespace Microsoft.ML.Hydra.Persistence;

/// <summary>How much a stream still holds, where it can tell without being read.</summary>
internal static class RemainingLength
{
    /// <summary>Bytes left in <paramref name="stream"/>, or null when only reading would tell.</summary>
    public static long? Of(Stream stream) => stream switch
    {
        EntryReadStream entry => entry.KnownRemaining,
        { CanSeek: true } => Math.Max(0, stream.Length - stream.Position),
        _ => null,
    };
}
