using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>A text that is one token wherever it stands, such as <c>[MASK]</c>.</summary>
/// <param name="Id">The token.</param>
/// <param name="Content">The text.</param>
/// <param name="TakesLeft">Whether white space before it belongs to it.</param>
/// <param name="TakesRight">Whether white space after it belongs to it.</param>
/// <param name="IsNormalized">Whether it is looked for in the normalised text.</param>
internal sealed record AddedToken(int Id, string Content, bool TakesLeft = false, bool TakesRight = false, bool IsNormalized = false);

/// <summary>Finds added tokens in a text: the leftmost first, of several at one place the longest.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly Regex? _pattern;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        foreach (AddedToken token in tokens.Where(token => token.Content.Length > 0))
        {
            _byContent[token.Content] = token;
        }

        if (_byContent.Count > 0)
        {
            string contents = string.Join('|', _byContent.Keys.OrderByDescending(content => content.Length).Select(Regex.Escape));
            _pattern = new Regex(contents, RegexOptions.CultureInvariant);
        }
    }

    /// <summary>The largest token; −1 without one.</summary>
    public int LargestToken => _byContent.Count == 0 ? -1 : _byContent.Values.Max(token => token.Id);

    /// <summary>The pieces of a text, those between the added tokens with the token null.</summary>
    public IEnumerable<(string Text, int? Token)> Split(string text)
    {
        int start = 0;
        foreach (Match match in _pattern is null ? [] : _pattern.Matches(text).Cast<Match>())
        {
            AddedToken token = _byContent[match.Value];
            int begin = match.Index, end = match.Index + match.Length;
            while (token.TakesLeft && begin > start && char.IsWhiteSpace(text[begin - 1]))
            {
                begin--;
            }

            while (token.TakesRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (begin > start)
            {
                yield return (text[start..begin], null);
            }

            yield return ("", token.Id);
            start = end;
        }

        if (start < text.Length)
        {
            yield return (start == 0 ? text : text[start..], null);
        }
    }
}
