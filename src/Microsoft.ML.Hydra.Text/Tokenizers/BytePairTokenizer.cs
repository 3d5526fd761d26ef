using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>What a byte-level BPE tokenizer is made of.</summary>
internal sealed record BytePairParts
{
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>Pairs of tokens that become one, the first to be merged first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    public required BytePairWords Words { get; init; }

    /// <summary>Whether a text is composed (NFC) first.</summary>
    public bool IsComposed { get; init; }

    /// <summary>Whether a word that is a token stays whole, even where merges would not lead to it (Llama 3).</summary>
    public bool TakesWholeWords { get; init; }

    public IReadOnlyList<AddedToken> Added { get; init; } = [];
}

/// <summary>How a text is cut into words, within which pairs are merged.</summary>
internal sealed class BytePairWords
{
    /// <summary>The words of GPT-2 and RoBERTa.</summary>
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    // A pattern comes from a file; those of published models take microseconds.
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromSeconds(10);

    private readonly Regex? _pattern;
    private readonly bool _addsSpace;

    /// <param name="pattern">Matches words; what is between matches is a word, too. Null for one word.</param>
    /// <param name="addsSpace">Whether a text without a space at its beginning gets one.</param>
    /// <exception cref="ArgumentException">.NET cannot read the pattern.</exception>
    public BytePairWords(string? pattern, bool addsSpace)
    {
        _pattern = pattern is null ? null : new Regex(pattern, RegexOptions.CultureInvariant, s_longestMatch);
        _addsSpace = addsSpace;
    }

    /// <summary>The words of a text; together they are the text.</summary>
    public IEnumerable<string> Split(string text)
    {
        if (_addsSpace && !text.StartsWith(' '))
        {
            text = " " + text;
        }

        int start = 0;
        foreach (Match match in _pattern is null ? [] : _pattern.Matches(WithLetters(text)).Cast<Match>())
        {
            if (match.Index > start)
            {
                yield return text[start..match.Index];
            }

            if (match.Length > 0)
            {
                yield return text.Substring(match.Index, match.Length);
            }

            start = match.Index + match.Length;
        }

        if (start < text.Length)
        {
            yield return text[start..];
        }
    }

    // A pattern of .NET sees letters beyond 16 bits as two characters that are no letters, so they are shown to it as two others.
    private static string WithLetters(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            shown.Append(rune.Utf16SequenceLength == 2 && Rune.IsLetter(rune) ? "文文" : rune.ToString());
        }

        return shown.ToString();
    }
}

/// <summary>
/// Byte pair encoding (arXiv 1508.07909) over the bytes of UTF-8, as of RoBERTa, Llama 3 and Qwen: within a word, the pair that comes first in the list
/// of merges becomes one token, again and again.
/// </summary>
internal sealed class BytePairTokenizer : TextTokenizer
{
    // A byte in tokens is a character that can be seen: itself where it is one, otherwise the next of those from 256 on.
    private static readonly char[] s_characters = Characters();

    private readonly BytePairParts _parts;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];
    private readonly int?[] _bytes = new int?[256];
    private readonly AddedTokens _added, _addedNormalized;

    /// <exception cref="InvalidDataException">A merge gives a token that is not in the vocabulary.</exception>
    public BytePairTokenizer(BytePairParts parts, int[] opening, int[] closing)
        : base(opening, closing)
    {
        _parts = parts;
        for (int value = 0; value < _bytes.Length; value++)
        {
            _bytes[value] = parts.Vocabulary.TryGetValue(s_characters[value].ToString(), out int token) ? token : null;
        }

        for (int rank = 0; rank < parts.Merges.Count; rank++)
        {
            (string left, string right) = parts.Merges[rank];
            _merges.TryAdd((Token(left), Token(right)), (rank, Token(left + right)));
        }

        _added = new AddedTokens(parts.Added.Where(token => !token.IsNormalized));
        _addedNormalized = new AddedTokens(parts.Added.Where(token => token.IsNormalized).Select(token => token with { Content = Compose(token.Content) }));
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

            foreach ((string normalized, int? normalizedToken) in _addedNormalized.Split(Compose(piece)))
            {
                if (normalizedToken is int addedNormalized)
                {
                    tokens.Add(addedNormalized);
                    continue;
                }

                foreach (string word in _parts.Words.Split(normalized))
                {
                    if (tokens.Count >= end)
                    {
                        return;
                    }

                    AppendWord(word, tokens);
                }
            }
        }
    }

    // Without culture data .NET leaves a text as it is, which matters only where letters and accents come as separate characters.
    private string Compose(string text) => _parts.IsComposed ? text.Normalize(NormalizationForm.FormC) : text;

    private void AppendWord(string word, List<int> tokens)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(word);
        if (_parts.TakesWholeWords && _parts.Vocabulary.TryGetValue(string.Concat(bytes.Select(value => s_characters[value])), out int whole))
        {
            tokens.Add(whole);
            return;
        }

        // A list of symbols by place; a merged pair stays at the place of its left half.
        int[] symbols = [.. bytes.Select(value => _bytes[value]).OfType<int>()];
        int[] next = [.. Enumerable.Range(1, symbols.Length)], previous = [.. Enumerable.Range(-1, symbols.Length)];
        var queue = new PriorityQueue<(int Place, int Left, int Right), (int Rank, int Place)>();
        for (int place = 0; place + 1 < symbols.Length; place++)
        {
            Enqueue(place);
        }

        while (queue.TryDequeue(out (int Place, int Left, int Right) pair, out _))
        {
            int right = next[pair.Place];
            if (symbols[pair.Place] != pair.Left || right >= symbols.Length || symbols[right] != pair.Right)
            {
                continue;   // one of the two became part of another pair
            }

            symbols[pair.Place] = _merges[(pair.Left, pair.Right)].Merged;
            symbols[right] = -1;
            next[pair.Place] = next[right];
            if (next[right] < symbols.Length)
            {
                previous[next[right]] = pair.Place;
                Enqueue(pair.Place);
            }

            if (previous[pair.Place] >= 0)
            {
                Enqueue(previous[pair.Place]);
            }
        }

        tokens.AddRange(symbols.Where(symbol => symbol >= 0));

        void Enqueue(int place)
        {
            if (_merges.TryGetValue((symbols[place], symbols[next[place]]), out (int Rank, int Merged) merge))
            {
                queue.Enqueue((place, symbols[place], symbols[next[place]]), (merge.Rank, place));
            }
        }
    }

    private int Token(string content) => _parts.Vocabulary.TryGetValue(content, out int token) ? token : throw new InvalidDataException(
        $"The tokenizer merges to '{Persistence.MessageText.Of(content)}', which is not in its vocabulary; copy its files again from where the model is published.");

    private static char[] Characters()
    {
        var characters = new char[256];
        int unseen = 256;
        for (int value = 0; value < characters.Length; value++)
        {
            characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : (char)unseen++;
        }

        return characters;
    }
}
