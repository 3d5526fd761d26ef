using System.Text;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// A text file of interactions as ML.NET's loader reads it. Gzip is decompressed while it is read, so no temporary file is
/// left, and the path is taken literally, without the loader's wildcards.
/// </summary>
internal sealed class InteractionFile : IMultiStreamSource
{
    private readonly bool _isCompressed;

    private InteractionFile(string path, bool isCompressed, char separator)
    {
        Path = path;
        _isCompressed = isCompressed;
        Separator = separator;
    }

    public string Path { get; }

    /// <summary>Comma for .csv, tab for .tsv; .txt has tabs when its first line has one.</summary>
    public char Separator { get; }

    int IMultiStreamSource.Count => 1;

    /// <exception cref="UserErrorException">The file is missing, empty, or of another kind.</exception>
    public static InteractionFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"The data file '{path}' does not exist.");
        }

        bool isCompressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        string extension = System.IO.Path.GetExtension(isCompressed ? path[..^3] : path).ToUpperInvariant();
        if (extension is not (".CSV" or ".TSV" or ".TXT"))
        {
            throw new UserErrorException($"The data file '{path}' has an unknown extension; expected .csv, .tsv or .txt, each also with .gz.");
        }

        var file = new InteractionFile(path, isCompressed, extension == ".CSV" ? ',' : '\t');
        string firstLine = file.ReadFirstLine();
        return extension == ".TXT" && !firstLine.Contains('\t', StringComparison.Ordinal)
            ? new InteractionFile(path, isCompressed, ',')
            : file;
    }

    string IMultiStreamSource.GetPathOrNull(int index) => Path;

    public Stream Open(int index)
    {
        var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);

        // Not the GZipStream of .NET: it reads a truncated file without an error.
        return _isCompressed ? new GZipInputStream(stream) : stream;
    }

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index), Encoding.UTF8);

    /// <summary>
    /// How ML.NET's loader reads the header and the rows of this file. Quotes may enclose a field, with separators, doubled quotes and line ends
    /// in it.
    /// </summary>
    public TextLoader.Options LoaderOptions() => new()
    {
        Separators = [Separator],
        HasHeader = true,
        AllowQuoting = true,
        ReadMultilines = true,
        TrimWhitespace = false,
        AllowSparse = false,
    };

    /// <summary>Why reading failed, as a sentence about this file.</summary>
    public UserErrorException Explain(Exception exception)
    {
        Exception? cause = Failure.Chain(exception).FirstOrDefault(inner => inner is SharpZipBaseException or IOException);
        return _isCompressed && cause is SharpZipBaseException
            ? new UserErrorException($"The data file '{Path}' is not an intact gzip file: {cause.Message}", exception)
            : new UserErrorException($"The data file '{Path}' cannot be read: {Failure.Describe(cause ?? exception)}", exception);
    }

    private string ReadFirstLine()
    {
        try
        {
            using TextReader reader = OpenTextReader(0);
            for (string? line = reader.ReadLine(); line is not null; line = reader.ReadLine())
            {
                if (!string.IsNullOrWhiteSpace(line))
                {
                    return line;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SharpZipBaseException or UnauthorizedAccessException)
        {
            throw Explain(exception);
        }

        throw new UserErrorException($"The data file '{Path}' is empty; expected a header row with column names and then the interactions.");
    }
}
