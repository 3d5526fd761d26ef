using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>Entries of the model's directory of an ML.NET zip, as written by <see cref="MlNetModelWriter"/>; seekable.</summary>
/// <param name="context">The model being loaded.</param>
internal sealed class MlNetModelReader(ModelLoadContext context) : IModelEntryReader
{
    /// <inheritdoc/>
    public bool TryRead(string name, Action<Stream> read) => context.TryLoadBinaryStream(name, reader =>
    {
        using var stream = new OpenStream(reader.BaseStream);
        read(stream);
    });
}
