namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// The state of a training run after an epoch. Stored as a safetensors file that any reader of that layout opens; format, epoch and a checksum of
/// all content are texts of its metadata under a reserved prefix.
/// </summary>
/// <param name="Epoch">Epochs finished, 0 or more.</param>
/// <param name="Metadata">Texts by key, such as options or the state of generators as JSON.</param>
/// <param name="Tensors">Weights and the state of the optimizer; names are unique.</param>
internal sealed record Checkpoint(int Epoch, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<NamedTensor> Tensors)
{
    private const string ReservedPrefix = "hydra.checkpoint.";
    private const string FormatKey = ReservedPrefix + "format";
    private const string EpochKey = ReservedPrefix + "epoch";
    private const string ChecksumKey = ReservedPrefix + "sha256";
    private const int Format = 1;

    /// <exception cref="ArgumentException">A metadata key has the reserved prefix, or two tensors share a name.</exception>
    public void Write(Stream target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Epoch);
        if (Metadata.Keys.FirstOrDefault(IsReserved) is string key)
        {
            throw new ArgumentException($"The checkpoint metadata key '{key}' starts with '{ReservedPrefix}', which is reserved.");
        }

        var metadata = new Dictionary<string, string>(Metadata, StringComparer.Ordinal)
        {
            [FormatKey] = Format.ToString(CultureInfo.InvariantCulture),
            [EpochKey] = Epoch.ToString(CultureInfo.InvariantCulture),
        };
        metadata[ChecksumKey] = Checksum(metadata, Tensors);
        new SafetensorsFile(Tensors, metadata).Write(target);
    }

    /// <exception cref="InvalidDataException">The content is not a checkpoint, is damaged, or a newer library wrote it.</exception>
    public static Checkpoint Read(Stream source)
    {
        SafetensorsFile file = SafetensorsFile.Read(source);
        int format = Number(file, FormatKey);
        if (format > Format)
        {
            throw new InvalidDataException(
                $"The checkpoint was written by a newer version (format {format}; this one reads up to {Format}); update the package Microsoft.ML.Hydra.");
        }

        int epoch = Number(file, EpochKey);
        if (file.Metadata.GetValueOrDefault(ChecksumKey) != Checksum(file.Metadata, file.Tensors))
        {
            throw new InvalidDataException("The checkpoint is damaged: its checksum does not match its content.");
        }

        var metadata = file.Metadata.Where(pair => !IsReserved(pair.Key)).ToDictionary(StringComparer.Ordinal);
        return new Checkpoint(epoch, metadata, file.Tensors);
    }

    private static bool IsReserved(string key) => key.StartsWith(ReservedPrefix, StringComparison.Ordinal);

    private static int Number(SafetensorsFile file, string key) =>
        int.TryParse(file.Metadata.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new InvalidDataException($"The file is not a checkpoint: its metadata has no number '{key}'.");

    /// <summary>SHA-256 over all texts but the checksum, by key, and all tensors, in order.</summary>
    private static string Checksum(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<NamedTensor> tensors)
    {
        using var digest = new ContentDigest();
        KeyValuePair<string, string>[] texts = [.. metadata.Where(pair => pair.Key != ChecksumKey).OrderBy(pair => pair.Key, StringComparer.Ordinal)];
        digest.Add(texts.Length);
        foreach ((string key, string text) in texts)
        {
            digest.Add(key);
            digest.Add(text);
        }

        digest.Add(tensors.Count);
        foreach (NamedTensor tensor in tensors)
        {
            digest.Add(tensor);
        }

        return digest.Take();
    }
}
