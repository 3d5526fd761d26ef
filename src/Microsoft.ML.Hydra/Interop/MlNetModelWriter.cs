using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// Entries in the model's directory of an ML.NET zip. ML.NET spools each through a temporary file: an entry may exceed 2 GB as
/// long as no single write does. Names must differ in more than case.
/// </summary>
/// <param name="context">The model being saved.</param>
internal sealed class MlNetModelWriter(ModelSaveContext context) : IModelEntryWriter
{
    /// <inheritdoc/>
    public void Write(string name, Action<Stream> write) => context.SaveBinaryStream(name, writer =>
    {
        using var stream = new OpenStream(writer.BaseStream);
        write(stream);
    });
}
