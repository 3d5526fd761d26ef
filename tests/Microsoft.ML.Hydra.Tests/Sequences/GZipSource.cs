using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Tests.Sequences;

/// <summary>A compressed file for ML.NET's text loader, which reads no gzip of its own.</summary>
internal sealed class GZipSource(string path) : IMultiStreamSource
{
    public int Count => 1;

    public string GetPathOrNull(int index) => path;

    public Stream Open(int index) => new GZipStream(File.OpenRead(path), CompressionMode.Decompress);

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index));
}
