namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>A new directory that is deleted after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("hydra-persistence-").FullName;

    public string this[string name] => Path.Combine(FullName, name);

    public string[] FileNames => [.. Directory.GetFiles(FullName).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
