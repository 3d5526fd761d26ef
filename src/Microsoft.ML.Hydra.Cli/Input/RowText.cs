namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// Passes on the lines of a file so that ML.NET's loader keeps every row: the loader leaves out lines that begin with //, and fields after the
/// columns that it reads.
/// </summary>
/// <remarks>Blank lines and, before a header, lines that begin with # or // are left to the loader, which passes over them.</remarks>
/// <param name="text">The text; owned from here on.</param>
/// <param name="file">Where it is from.</param>
internal sealed class RowText(TextReader text, TableFile file) : TextReader
{
    private long _line;
    private long _rowLine;
    private int _expected;

    // Where the row is: the fields so far, those up to the last one that is not blank, and whether a quote is open.
    private int _fields;
    private int _filledFields;
    private bool _isQuoted;

    public override int Peek() => text.Peek();

    public override int Read() => text.Read();

    public override int Read(char[] buffer, int index, int count) => text.Read(buffer, index, count);

    public override string? ReadLine()
    {
        string? line = text.ReadLine();
        _line++;
        if (line is null)
        {
            return !_isQuoted ? null : throw new UserErrorException(FormattableString.Invariant(
                $"Line {_rowLine} of the {file.Name} has a double quote that is never closed, so the rest of the file would be one field; close it, or write two of them where a quote is part of the text."));
        }

        if (!_isQuoted)
        {
            if (line.Length == 0 || (file.Name.Kind.NeedsEveryField && string.IsNullOrWhiteSpace(line)))
            {
                return string.Empty;
            }

            if (_expected == 0 && file.HasHeader && IsComment(line))
            {
                return line;
            }

            // The loader takes # for a comment before the first row only.
            if (IsComment(line) && (_expected == 0 || line[0] == '/'))
            {
                line = QuoteFirstField(line);
            }

            _rowLine = _line;
            int separators = line.AsSpan().Count(file.Separator);
            if (separators < _expected && (separators == _expected - 1 || !file.Name.Kind.NeedsEveryField) && !line.Contains('"', StringComparison.Ordinal))
            {
                return line;
            }

            (_fields, _filledFields) = (1, 0);
        }

        Follow(line);
        if (!_isQuoted)
        {
            CheckFields();
        }

        return line;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            text.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Whether the loader passes over a line that stands before the first row.</summary>
    public static bool IsComment(string line) => line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith('#');

    private string QuoteFirstField(string line)
    {
        int end = line.IndexOf(file.Separator, StringComparison.Ordinal);
        end = end < 0 ? line.Length : end;
        return $"\"{line[..end].Replace("\"", "\"\"", StringComparison.Ordinal)}\"{line[end..]}";
    }

    /// <summary>Follows the fields and quotes as the loader does: a quote counts at the start of a field, after spaces.</summary>
    private void Follow(string line)
    {
        bool isStart = true;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (_isQuoted)
            {
                bool isDoubled = c == '"' && i + 1 < line.Length && line[i + 1] == '"';
                i += isDoubled ? 1 : 0;
                _isQuoted = c != '"' || isDoubled;
                isStart = false;
                _filledFields = _fields;
            }
            else if (c == file.Separator)
            {
                _fields++;
                isStart = true;
            }
            else if (c != ' ')
            {
                _isQuoted = isStart && c == '"';
                isStart = false;
                _filledFields = _fields;
            }
        }
    }

    private void CheckFields()
    {
        if (_expected == 0)
        {
            _expected = _fields;
        }
        else if (_fields < _expected && file.Name.Kind.NeedsEveryField)
        {
            throw new UserErrorException(FormattableString.Invariant(
                $"Line {_rowLine} of the {file.Name} has {_fields} {(_fields == 1 ? "field" : "fields")}, split at {FileFormat.NameOf(file.Separator)}; expected {_expected} as in the header. Enclose a field that contains a line end in double quotes, write the separators of empty fields too, or give the right separator with {file.Name.Kind.SeparatorArgument}."));
        }
        else if (_filledFields > _expected)
        {
            throw new UserErrorException(FormattableString.Invariant(
                $"Line {_rowLine} of the {file.Name} has {_filledFields} fields, split at {FileFormat.NameOf(file.Separator)}; expected {_expected} as in the {(file.HasHeader ? "header" : "first row")}. Enclose a field that contains the separator in double quotes, or give the right separator with {file.Name.Kind.SeparatorArgument}."));
        }
    }
}
