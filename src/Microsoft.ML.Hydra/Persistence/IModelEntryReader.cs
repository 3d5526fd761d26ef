namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Where the named entries of a saved model come from.</summary>
internal interface IModelEntryReader
{
    /// <summary>Opens one entry for reading; false when there is no entry of that name.</summary>
    bool TryRead(string name, Action<Stream> read);
}
