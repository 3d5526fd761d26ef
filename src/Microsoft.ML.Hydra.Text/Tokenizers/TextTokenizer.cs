namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>Turns a text into tokens, the rows of a model's embeddings. May be used by any number of threads at once.</summary>
/// <param name="opening">Tokens before each text, such as <c>[CLS]</c>.</param>
/// <param name="closing">Tokens after each text, such as <c>[SEP]</c>.</param>
internal abstract class TextTokenizer(int[] opening, int[] closing)
{
    /// <summary>Tokens before each text.</summary>
    public IReadOnlyList<int> Opening => opening;

    /// <summary>Tokens after each text.</summary>
    public IReadOnlyList<int> Closing => closing;

    /// <summary>The largest token that a text may have.</summary>
    public abstract int LargestToken { get; }

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maximum">The most tokens; a longer text loses its end. <see cref="Opening"/> and the closing tokens are always there.</param>
    /// <param name="closingTokens">In place of <see cref="Closing"/>, where a model was trained with other ones.</param>
    public int[] Encode(string text, int maximum, IReadOnlyList<int>? closingTokens = null)
    {
        closingTokens ??= closing;
        var tokens = new List<int>(opening);
        int end = Math.Max(opening.Length, maximum - closingTokens.Count);
        if (end > opening.Length)
        {
            Append(text, tokens, end);
            if (tokens.Count > end)
            {
                tokens.RemoveRange(end, tokens.Count - end);
            }
        }

        tokens.AddRange(closingTokens);
        return [.. tokens];
    }

    /// <summary>Appends the tokens of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Receives them.</param>
    /// <param name="end">The number of all tokens at which the rest of the text may be left out.</param>
    protected abstract void Append(string text, List<int> tokens, int end);
}
