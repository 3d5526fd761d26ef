using System.Text;
using ICSharpCode.SharpZipLib;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Output;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// A text file with one row for each interaction or item, as ML.NET's loader reads it. Gzip is decompressed while it is read, so no temporary file is
/// left, and the path is taken literally, without the loader's wildcards.
/// </summary>
internal sealed class TableFile : IMultiStreamSource
{
    private const int BufferSize = 1 << 16;

    private readonly bool _isCompressed;
    private readonly FileFormat _format;

    private TableFile(TableName name, bool isCompressed, FileFormat format)
    {
        Name = name;
        _isCompressed = isCompressed;
        _format = format;
    }

    /// <summary>What messages call the file.</summary>
    public TableName Name { get; }

    public string Path => Name.Path;

    /// <summary>What stands between two fields.</summary>
    public char Separator { get; private init; }

    /// <summary>Whether the separator is neither given nor the usual one of the extension.</summary>
    public bool IsSeparatorGuessed { get; private init; }

    /// <summary>Whether the first row names the columns.</summary>
    public bool HasHeader => _format.HasHeader;

    int IMultiStreamSource.Count => 1;

    /// <param name="path">A .csv, .tsv or .txt file, maybe with .gz; with a separator given, any file.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="kind">What its rows are; interactions by default.</param>
    /// <exception cref="UserErrorException">The file is missing, empty, or of another kind.</exception>
    public static TableFile Open(string path, FileFormat? format = null, TableKind? kind = null)
    {
        format ??= new FileFormat();
        var name = new TableName(path, kind ?? TableKind.Interactions);
        Check(name);
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
                $"The {name} has an unknown extension; expected .csv, .tsv or .txt, each also with .gz, or say with {name.Kind.SeparatorArgument} what stands between two fields.");
        }

        string firstLine = new TableFile(name, isCompressed, format).ReadFirstLine();
        char separator = format.Separator ?? FileFormat.Guess(firstLine, usual!.Value);
        return new TableFile(name, isCompressed, format)
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

        return TextOpener.Open(_isCompressed ? new GzipText(stream, Name) : stream, Name, _format.Encoding ?? Encoding.UTF8);
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
            ? GzipText.Damaged(Name)
            : new UserErrorException($"The {Name} cannot be read: {Failure.Describe(cause ?? exception)}", exception);
    }

    private static void Check(TableName name)
    {
        if (name.Path == "-")
        {
            throw new UserErrorException($"The {name.Kind.File} is '-', but standard input cannot be read as data, because the data is read more than once; write it to a file first.");
        }

        switch (FileFacts.Read(name.Path).Kind)
        {
            case FileKind.Directory:
                throw new UserErrorException($"The {name} is a directory; expected one file of {name.Kind.Rows}.");
            case FileKind.Stream:
                throw new UserErrorException(
                    $"The {name} is a pipe or a device, but the data is read more than once; write it to a file first.");
            case FileKind.Missing:
                throw new UserErrorException($"The {name} does not exist.");
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
                        $"The first line of the {Name} holds zero bytes, so it is not a text or has another encoding; name the right one with {Name.Kind.EncodingArgument}, such as utf-16.");
                }

                if (!string.IsNullOrWhiteSpace(line) && !(HasHeader && RowText.IsComment(line)))
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
            ? $"The {Name} is empty; expected a header row with column names and then the {Name.Kind.Rows}."
            : $"The {Name} is empty; expected {Name.Kind.Rows}, one for each row.");
    }
}
