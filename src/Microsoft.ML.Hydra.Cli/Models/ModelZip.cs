using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>
/// The names of the loaders in the zip of an ML.NET model, read without ML.NET: it loads the assembly that a header names, whatever it is.
/// </summary>
internal static class ModelZip
{
    private const string HydraAssembly = "Microsoft.ML.Hydra";
    private const string ChainLoader = "TransformerChain";
    private const string ChainAssembly = "Microsoft.ML.Data";

    private const string HeaderEntry = "Model.key";
    private const int LargestHeader = 1 << 16;

    // Of the header: what it begins with, the name of the loader, and where the name of its assembly is.
    private const string Magic = "ML\0MODEL";
    private const int LoaderAt = 0x50, LoaderLength = 24, AssemblyPositionAt = 0x90, AssemblyLengthAt = 0x98, SmallestHeader = 0x100;

    private static ReadOnlySpan<byte> ZipStart => "PK\u0003\u0004"u8;

    /// <summary>Checks that a zip holds a model of this library, alone or in a chain of transforms of ML.NET that holds nothing else.</summary>
    /// <exception cref="UserErrorException">It is no model, or the model of another library.</exception>
    public static void Check(string path)
    {
        IReadOnlyList<ModelHeader> headers;
        try
        {
            headers = Read(path);
        }
        catch (InvalidDataException exception)
        {
            throw new UserErrorException($"The model file '{path}' cannot be loaded: {Problem(path)}.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException($"The model file '{path}' cannot be loaded: {Failure.Describe(exception)}", exception);
        }

        if (headers.Count == 0)
        {
            throw new UserErrorException($"The model file '{path}' cannot be loaded: it is a zip without the header of an ML.NET model; expected a model saved by 'hydra train' or by mlContext.Model.Save.");
        }

        if (headers.FirstOrDefault(header => !header.IsHydra && !header.IsChain) is { } foreign)
        {
            throw new UserErrorException(
                $"The model file '{path}' holds '{foreign.Loader}' of the assembly '{foreign.Assembly}'; expected a Hydra model alone, without other transforms around it.");
        }
    }

    private static string Problem(string path)
    {
        byte[] start = new byte[ZipStart.Length];
        using FileStream file = File.OpenRead(path);
        int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return length == 0 ? "it is empty"
            : start.AsSpan().SequenceEqual(ZipStart) ? "the zip is cut short or damaged; copy it again, or save the model again"
            : "it is not a zip; expected a model saved by 'hydra train' or by mlContext.Model.Save";
    }

    private static List<ModelHeader> Read(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        return
        [
            .. zip.Entries.Where(entry => entry.FullName.Replace('\\', '/').Split('/')[^1].Equals(HeaderEntry, StringComparison.OrdinalIgnoreCase)).Select(entry => Read(path, entry)),
        ];
    }

    private static ModelHeader Read(string path, ZipArchiveEntry entry)
    {
        byte[] bytes = new byte[LargestHeader];
        using Stream stream = entry.Open();
        ReadOnlySpan<byte> header = bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        if (header.Length < SmallestHeader || !header.StartsWith(Encoding.ASCII.GetBytes(Magic)))
        {
            throw new UserErrorException($"The model file '{path}' cannot be loaded: its entry '{entry.FullName}' is not the header of an ML.NET model.");
        }

        long position = BinaryPrimitives.ReadInt64LittleEndian(header[AssemblyPositionAt..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header[AssemblyLengthAt..]);
        string assembly = position >= SmallestHeader && length >= 0 && position <= header.Length - (long)length
            ? Encoding.Unicode.GetString(header.Slice((int)position, length))
            : string.Empty;
        return new ModelHeader(Encoding.ASCII.GetString(header.Slice(LoaderAt, LoaderLength)).TrimEnd('\0'), assembly);
    }

    /// <summary>What loads a part of the model.</summary>
    private sealed record ModelHeader(string Loader, string Assembly)
    {
        public bool IsHydra => Assembly == HydraAssembly;

        public bool IsChain => Loader == ChainLoader && SimpleName == ChainAssembly;

        private string SimpleName => Assembly.Split(',')[0];
    }
}
