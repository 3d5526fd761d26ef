using System.Text;
using ICSharpCode.SharpZipLib;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Output;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// A text file of interactions as ML.NET's loader reads it. Gzip is decompressed while it is read, so no temporary file is
/// left, and the path is taken literally, without the loader's wildcards.
/// </summary>
internal sealed class InteractionFile : IMultiStreamSource
{
    private const int BufferSize = 1 << 16;

    private readonly bool _isCompressed;
    private readonly FileFormat _format;

    private InteractionFile(string path, bool isCompressed, FileFormat format)
    {
        Path = path;
        _isCompressed = isCompressed;
        _format = format;
    }

    public string Path { get; }

    /// <summary>What stands between two fields.</summary>
    public char Separator { get; private init; }

    /// <summary>Whether the separator is neither given nor the usual one of the extension.</summary>
    public bool IsSeparatorGuessed { get; private init; }

    /// <summary>Whether the first row names the columns.</summary>
    public bool HasHeader => _format.HasHeader;

    int IMultiStreamSource.Count => 1;

    /// <param name="path">A .csv, .tsv or .txt file, maybe with .gz; with a separator given, any file.</param>
    /// <param name="format">How it is written.</param>
    /// <exception cref="UserErrorException">The file is missing, empty, or of another kind.</exception>
    public static InteractionFile Open(string path, FileFormat? format = null)
    {
        format ??= new FileFormat();
        CheckKind(path);
        bool isCompressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        char? usual = System.IO.Path.GetExtension(isCompressed ? path[..^3] : path).ToUpperInvariant() switch
        {
            ".CSV" => ',',
            ".TSV" or ".TXT" => '\t',
            _ => null,
        };
        if (usual is null && format.Separator is null)
        {
            throw new UserErrorException(
                $"The data file '{path}' has an unknown extension; expected .csv, .tsv or .txt, each also with .gz, or say with --separator what stands between two fields.");
        }

        string firstLine = new InteractionFile(path, isCompressed, format).ReadFirstLine();
        char separator = format.Separator ?? FileFormat.Guess(firstLine, usual!.Value);
        return new InteractionFile(path, isCompressed, format)
        {
            Separator = separator,
            IsSeparatorGuessed = format.Separator is null && separator != usual,
        };
    }

    string IMultiStreamSource.GetPathOrNull(int index) => Path;

    /// <summary>The text as UTF-8, checked while it is read.</summary>
    public Stream Open(int index)
    {
        var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);

        return TextOpener.Open(_isCompressed ? new GzipText(stream, Path) : stream, Path, _format.Encoding ?? Encoding.UTF8);
    }

    /// <summary>The lines, so that the loader keeps every row.</summary>
    public TextReader OpenTextReader(int index) => new RowText(OpenLines(), this);

    /// <summary>
    /// How ML.NET's loader reads the header and the rows of this file. Quotes may enclose a field, with separators, doubled quotes and line ends
    /// in it.
    /// </summary>
    public TextLoader.Options LoaderOptions() => new()
    {
        Separators = [Separator],
        HasHeader = HasHeader,
        AllowQuoting = true,
        ReadMultilines = true,
        TrimWhitespace = false,
        AllowSparse = false,
    };

    /// <summary>Why reading failed, as a sentence about this file.</summary>
    public UserErrorException Explain(Exception exception)
    {
        Exception? cause = Failure.Chain(exception).FirstOrDefault(inner => inner is UserErrorException or SharpZipBaseException or IOException);
        return cause is UserErrorException explained
            ? explained
            : _isCompressed && cause is SharpZipBaseException
            ? GzipText.Damaged(Path)
            : new UserErrorException($"The data file '{Path}' cannot be read: {Failure.Describe(cause ?? exception)}", exception);
    }

    private static void CheckKind(string path)
    {
        if (path == "-")
        {
            throw new UserErrorException("The data file is '-', but standard input cannot be read as data, because the data is read more than once; write it to a file first.");
        }

        switch (FileFacts.Read(path).Kind)
        {
            case FileKind.Directory:
                throw new UserErrorException($"The data file '{path}' is a directory; expected one file of interactions.");
            case FileKind.Stream:
                throw new UserErrorException(
                    $"The data file '{path}' is a pipe or a device, but the data is read more than once; write it to a file first.");
            case FileKind.Missing:
                throw new UserErrorException($"The data file '{path}' does not exist.");
        }
    }

    private StreamReader OpenLines() => new(Open(0), Encoding.UTF8, detectEncodingFromByteOrderMarks: false, BufferSize);

    private string ReadFirstLine()
    {
        try
        {
            using StreamReader reader = OpenLines();
            for (string? line = reader.ReadLine(); line is not null; line = reader.ReadLine())
            {
                if (line.Contains('\0', StringComparison.Ordinal))
                {
                    throw new UserErrorException(
                        $"The first line of the data file '{Path}' holds zero bytes, so it is not a text or has another encoding; name the right one with --encoding, such as utf-16.");
                }

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

        throw new UserErrorException(HasHeader
            ? $"The data file '{Path}' is empty; expected a header row with column names and then the interactions."
            : $"The data file '{Path}' is empty; expected interactions, one for each row.");
    }
}
