using System.Globalization;
using System.Text;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Text from data and file names as a terminal may show it: no character of it moves the cursor, colours, or turns the direction of other text.</summary>
internal static class TerminalText
{
    /// <summary>The text with control characters, characters that change the direction, line separators and halves of a pair written as <c>\u001B</c>.</summary>
    public static string Escape(string text)
    {
        if (!text.Where((_, i) => IsUnsafe(text, i)).Any())
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            if (IsUnsafe(text, i))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}");
            }
            else
            {
                escaped.Append(text[i]);
            }
        }

        return escaped.ToString();
    }

    // The joiners U+200C and U+200D belong to words and emoji and stay.
    private static bool IsUnsafe(string text, int index) => text[index] switch
    {
        '\u200C' or '\u200D' => false,
        char c when char.IsSurrogate(c) => !IsInPair(text, index),
        char c => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
    };

    private static bool IsInPair(string text, int index) =>
        char.IsSurrogatePair(text, Math.Max(index - (char.IsLowSurrogate(text[index]) ? 1 : 0), 0));
}
