using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>A directory for one test, deleted with its content.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hydra-cli-");

    public string PathTo(string name) => Path.Combine(_directory.FullName, name);

    public string[] FileNames() => [.. _directory.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public string Write(string name, string text)
    {
        string path = PathTo(name);
        File.WriteAllText(path, text);
        return path;
    }

    public string WriteGzip(string name, string text)
    {
        string path = PathTo(name);
        using var stream = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        stream.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
