using System.Text;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>
/// How BERT cuts a text into words before it looks for word pieces: control characters go, accents and capitals may go, punctuation and Chinese characters
/// stand alone. It is written out here because the text functions of .NET depend on whether the application has culture data: without it,
/// accents would stay, and a word with one would be an unknown word.
/// </summary>
/// <param name="IsCleaned">Whether control characters are left out and all white space is a space.</param>
/// <param name="SplitsChinese">Whether each Chinese character is a word.</param>
/// <param name="StripsMarks">Whether accents and other marks are left out.</param>
/// <param name="IsLowerCase">Whether capitals become small letters.</param>
internal sealed record BertWords(bool IsCleaned, bool SplitsChinese, bool StripsMarks, bool IsLowerCase)
{
    // Where a syllable of Hangul is decomposed: first and number of leading consonants, vowels and trailing consonants (The Unicode Standard, 3.12).
    private const int Syllables = 0xAC00;
    private const int Leading = 0x1100;
    private const int Vowels = 0x1161;
    private const int Trailing = 0x11A7;
    private const int NumberOfVowels = 21;
    private const int NumberOfTrailing = 28;
    private const int NumberOfSyllables = 11172;

    private static readonly Lazy<Dictionary<Rune, string>> s_withoutMarks = new(ReadWithoutMarks);

    /// <summary>The text as words are looked up in it.</summary>
    public string Normalize(string text)
    {
        var normalized = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsCleaned && (rune.Value is 0 or 0xFFFD || IsControl(rune)))
            {
                continue;
            }

            if (IsCleaned && Rune.IsWhiteSpace(rune))
            {
                normalized.Append(' ');
            }
            else if (SplitsChinese && IsChinese(rune.Value))
            {
                normalized.Append(' ');
                Append(normalized, rune);
                normalized.Append(' ');
            }
            else
            {
                Append(normalized, rune);
            }
        }

        return normalized.ToString();
    }

    /// <summary>The words of a normalised text: what stands between white space, with each punctuation character alone.</summary>
    public static IEnumerable<Range> Split(string normalized)
    {
        int start = 0, at = 0;
        foreach (Rune rune in normalized.EnumerateRunes())
        {
            int next = at + rune.Utf16SequenceLength;
            bool isSpace = Rune.IsWhiteSpace(rune);
            if (isSpace || IsPunctuation(rune))
            {
                if (at > start)
                {
                    yield return start..at;
                }

                if (!isSpace)
                {
                    yield return at..next;
                }

                start = next;
            }

            at = next;
        }

        if (at > start)
        {
            yield return start..at;
        }
    }

    private void Append(StringBuilder target, Rune rune)
    {
        if (!StripsMarks)
        {
            AppendCase(target, rune);
        }
        else if (rune.Value is >= Syllables and < Syllables + NumberOfSyllables)
        {
            int syllable = rune.Value - Syllables;
            target.Append((char)(Leading + (syllable / (NumberOfVowels * NumberOfTrailing))));
            target.Append((char)(Vowels + (syllable / NumberOfTrailing % NumberOfVowels)));
            if (syllable % NumberOfTrailing != 0)
            {
                target.Append((char)(Trailing + (syllable % NumberOfTrailing)));
            }
        }
        else if (!rune.IsAscii && s_withoutMarks.Value.TryGetValue(rune, out string? letters))
        {
            foreach (Rune letter in letters.EnumerateRunes())
            {
                AppendCase(target, letter);
            }
        }
        else if (rune.IsAscii || Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
        {
            AppendCase(target, rune);
        }
    }

    private void AppendCase(StringBuilder target, Rune rune)
    {
        if (IsLowerCase && rune.Value == 0x130)
        {
            target.Append("i\u0307");   // the only letter whose small form is longer
        }
        else
        {
            target.Append(IsLowerCase ? Rune.ToLowerInvariant(rune) : rune);
        }
    }

    private static bool IsControl(Rune rune) =>
        rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned;

    private static bool IsPunctuation(Rune rune) =>
        rune.IsAscii ? rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
        : Rune.IsPunctuation(rune);

    private static bool IsChinese(int value) => value
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    // A line holds what is left without marks, a space, and the characters that it is left of: the canonical decompositions of Unicode 14 without the
    // characters of the category Mn.
    private static Dictionary<Rune, string> ReadWithoutMarks()
    {
        using Stream stream = typeof(BertWords).Assembly.GetManifestResourceStream("LettersWithMarks.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var found = new Dictionary<Rune, string>();
        while (reader.ReadLine() is string line)
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            foreach (Rune rune in line.AsSpan(space + 1).EnumerateRunes())
            {
                found.Add(rune, line[..space]);
            }
        }

        return found;
    }
}
