using System.Buffers;
using System.Text;

namespace Microsoft.ML.Hydra.Features;

/// <summary>
/// Cuts text into tokens: words (runs of letters and digits, in lower case), pairs of words that follow each other, and the beginnings of longer words,
/// which join forms of a word. In languages that are written without spaces each letter is a word, so that pairs are what two letters say together.
/// A token is known by a hash of 30 bits and its kind, so that no text is kept. The hashes are stored in models.
/// </summary>
internal static class WordTokens
{
    /// <summary>Length of the beginnings; a longer word has one.</summary>
    public const int PrefixLength = 4;

    private const int KindBits = 2;

    /// <summary>The tokens of some texts, each once, ascending.</summary>
    public static int[] Of(ReadOnlySpan<ReadOnlyMemory<char>> texts)
    {
        var tokens = new SortedSet<int>();
        foreach (ReadOnlyMemory<char> text in texts)
        {
            AddTokens(text.ToString().ToLowerInvariant(), tokens);
        }

        return [.. tokens];
    }

    /// <summary>The kind of a token.</summary>
    public static TokenKind KindOf(int token) => (TokenKind)(token & ((1 << KindBits) - 1));

    private static void AddTokens(string text, SortedSet<int> tokens)
    {
        Range last = default;
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = EndOfWord(text, start);
            if (end == start)
            {
                end++;
                continue;
            }

            ReadOnlySpan<char> word = text.AsSpan(start..end);
            tokens.Add(Hash(TokenKind.Word, word, default));
            if (word.Length > PrefixLength)
            {
                tokens.Add(Hash(TokenKind.Prefix, word[..PrefixLength], default));
            }

            if (!last.Equals(default))
            {
                tokens.Add(Hash(TokenKind.Pair, text.AsSpan(last), word));
            }

            last = start..end;
        }
    }

    // The end of the word that starts at a place; the place itself where none does. Accents that are written after their letter belong to it.
    private static int EndOfWord(string text, int start)
    {
        int end = start;
        for (bool isWhole = false; Rune.DecodeFromUtf16(text.AsSpan(end), out Rune rune, out int length) == OperationStatus.Done; end += length)
        {
            bool isLetter = Rune.IsLetterOrDigit(rune), isAlone = isLetter && IsWrittenWithoutSpaces(rune.Value);
            if (isLetter ? end > start && (isWhole || isAlone) : end == start || !IsMark(rune))
            {
                break;
            }

            isWhole |= isAlone;
        }

        return end;
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static bool IsWrittenWithoutSpaces(int letter) => letter >= 0x0E00 && letter
        is <= 0x0EFF                        // Thai, Lao
        or (>= 0x1000 and <= 0x109F)        // Myanmar
        or (>= 0x1780 and <= 0x17FF)        // Khmer
        or (>= 0x3005 and <= 0x3007)        // signs for a repeated or closing Han letter
        or (>= 0x3040 and <= 0x30FF)        // Hiragana, Katakana
        or (>= 0x31F0 and <= 0x31FF)
        or (>= 0x3400 and <= 0x4DBF)        // Han
        or (>= 0x4E00 and <= 0x9FFF)
        or (>= 0xF900 and <= 0xFAFF)
        or (>= 0xFF66 and <= 0xFF9F)        // Katakana of half width
        or (>= 0x20000 and <= 0x3FFFF);     // Han

    // FNV-1a over the units of UTF-16, with a space between two words
    private static int Hash(TokenKind kind, ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        uint hash = 2166136261;
        foreach (char unit in first)
        {
            hash = (hash ^ unit) * 16777619;
        }

        if (!second.IsEmpty)
        {
            hash = (hash ^ ' ') * 16777619;
            foreach (char unit in second)
            {
                hash = (hash ^ unit) * 16777619;
            }
        }

        hash ^= hash >> 15;
        return (int)((hash << KindBits) | (uint)kind);
    }
}

/// <summary>Kinds of tokens. The numbers are stored in models.</summary>
internal enum TokenKind
{
    Word = 0,
    Pair = 1,
    Prefix = 2,
}
