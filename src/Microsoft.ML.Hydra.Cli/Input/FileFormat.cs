using System.Text;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>How a file of interactions is written, as far as the caller says it.</summary>
/// <param name="Separator">Between two fields; null to guess from the extension and the first line.</param>
/// <param name="HasHeader">Whether the first row names the columns.</param>
/// <param name="Encoding">The encoding of a file without a byte order mark; null for UTF-8.</param>
internal sealed record FileFormat(char? Separator = null, bool HasHeader = true, Encoding? Encoding = null)
{
    public const string ExpectedSeparator = "one character, or comma, semicolon, tab, pipe or space";
    public const string ExpectedEncoding = "utf-8, latin1, windows-1252, utf-16 or another name that .NET supports";

    // In this order when two are equally frequent.
    private static readonly char[] s_guessed = [',', '\t', ';', '|'];

    /// <summary>The separator of that name, or that character itself; null for a text that is neither.</summary>
    public static char? ParseSeparator(string text) => text switch
    {
        "comma" => ',',
        "semicolon" => ';',
        "tab" or "\\t" => '\t',
        "pipe" => '|',
        "space" => ' ',
        [var c] when !char.IsLetterOrDigit(c) && c is not ('"' or '\r' or '\n' or '-' or '.') && c < 128 => c,
        _ => null,
    };

    /// <summary>The name by which a message or an argument gives a separator.</summary>
    public static string NameOf(char separator) => separator switch
    {
        ',' => "comma",
        ';' => "semicolon",
        '\t' => "tab",
        '|' => "pipe",
        ' ' => "space",
        _ => $"'{separator}'",
    };

    /// <summary>The encoding of that name, which refuses bytes that it does not know; null for an unknown name.</summary>
    public static Encoding? ParseEncoding(string name)
    {
        try
        {
            Encoding known = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
            var strict = (Encoding)known.Clone();
            strict.DecoderFallback = DecoderFallback.ExceptionFallback;
            return strict;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The usual separator where it occurs in the line outside of quotes, else the most frequent of the others.</summary>
    public static char Guess(string line, char usual)
    {
        int[] counts = new int[s_guessed.Length];
        bool isQuoted = false;
        foreach (char c in line)
        {
            isQuoted ^= c == '"';
            int place = Array.IndexOf(s_guessed, c);
            if (!isQuoted && place >= 0)
            {
                counts[place]++;
            }
        }

        int most = Array.IndexOf(counts, counts.Max());
        return counts[Array.IndexOf(s_guessed, usual)] > 0 || counts[most] == 0 ? usual : s_guessed[most];
    }
}
