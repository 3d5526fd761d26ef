namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Where the named entries of a saved model go (a directory of the ML.NET zip, or memory in tests).</summary>
internal interface IModelEntryWriter
{
    /// <summary>Writes one entry; <paramref name="write"/> need not leave the stream open.</summary>
    void Write(string name, Action<Stream> write);
}
