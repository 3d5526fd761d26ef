using System.Text;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>What a WordPiece tokenizer is made of.</summary>
internal sealed record WordPieceParts
{
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    public required BertWords Words { get; init; }

    /// <summary>The token of a word that has no pieces.</summary>
    public required int Unknown { get; init; }

    /// <summary>Before each piece of a word but the first.</summary>
    public string Continuation { get; init; } = "##";

    /// <summary>A longer word, in characters, is unknown.</summary>
    public int LongestWord { get; init; } = 100;

    public IReadOnlyList<AddedToken> Added { get; init; } = [];
}

/// <summary>BERT's WordPiece (arXiv 1609.08144): of each word the longest piece of the vocabulary that begins it, then that of the rest, and so on.</summary>
internal sealed class WordPieceTokenizer : TextTokenizer
{
    private readonly WordPieceParts _parts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _pieces;
    private readonly AddedTokens _added, _addedNormalized;
    private readonly int _longestPiece;

    public WordPieceTokenizer(WordPieceParts parts, int[] opening, int[] closing)
        : base(opening, closing)
    {
        _parts = parts;
        _pieces = new Dictionary<string, int>(parts.Vocabulary, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _longestPiece = parts.Vocabulary.Keys.Max(piece => piece.Length);
        _added = new AddedTokens(parts.Added.Where(token => !token.IsNormalized));
        _addedNormalized = new AddedTokens(parts.Added.Where(token => token.IsNormalized).Select(token => token with { Content = parts.Words.Normalize(token.Content) }));
        LargestToken = parts.Vocabulary.Values.Concat(opening).Concat(closing).Append(_added.LargestToken).Append(_addedNormalized.LargestToken).Max();
    }

    public override int LargestToken { get; }

    protected override void Append(string text, List<int> tokens, int end)
    {
        foreach ((string piece, int? token) in _added.Split(text))
        {
            if (token is int added)
            {
                tokens.Add(added);
                continue;
            }

            foreach ((string normalized, int? normalizedToken) in _addedNormalized.Split(_parts.Words.Normalize(piece)))
            {
                if (normalizedToken is int addedNormalized)
                {
                    tokens.Add(addedNormalized);
                    continue;
                }

                foreach (Range word in BertWords.Split(normalized))
                {
                    if (tokens.Count >= end)
                    {
                        return;
                    }

                    AppendWord(normalized.AsSpan()[word], tokens);
                }
            }
        }
    }

    private void AppendWord(ReadOnlySpan<char> word, List<int> tokens)
    {
        int first = tokens.Count, characters = 0;
        foreach (Rune _ in word.EnumerateRunes())
        {
            characters++;
        }

        if (characters > _parts.LongestWord)
        {
            tokens.Add(_parts.Unknown);
            return;
        }

        string continuation = _parts.Continuation;
        Span<char> piece = stackalloc char[continuation.Length + word.Length];
        continuation.CopyTo(piece);
        for (int start = 0; start < word.Length;)
        {
            int before = start == 0 ? 0 : continuation.Length;
            int length = Math.Min(word.Length - start, _longestPiece - before);
            word.Slice(start, Math.Max(length, 0)).CopyTo(piece[before..]);
            int token = 0;
            while (length > 0 && !_pieces.TryGetValue(piece[..(before + length)], out token))
            {
                length--;
            }

            if (length <= 0)
            {
                tokens.RemoveRange(first, tokens.Count - first);
                tokens.Add(_parts.Unknown);
                return;
            }

            tokens.Add(token);
            start += length;
            if (before == 0)
            {
                continuation.CopyTo(piece);
            }
        }
    }
}
