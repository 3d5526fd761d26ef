namespace Microsoft.ML.Hydra.Text.Forward;

/// <summary>
/// The tokens of some texts, cut into tasks: texts of like length one after another, without padding. How texts are cut changes no bit of a result, as
/// a row of a product and the attention within a text do not depend on other rows.
/// </summary>
internal sealed class TokenTexts
{
    // Enough rows that reading the weights costs little; the results of a slice of columns then stay in the second-level cache.
    private const int TokensPerTask = 480;

    private readonly int[][] _tokens;
    private readonly int[] _order;
    private readonly List<int> _firsts = [];

    /// <param name="tokens">The tokens of each text, from 1.</param>
    public TokenTexts(int[][] tokens)
    {
        _tokens = tokens;
        _order = [.. Enumerable.Range(0, tokens.Length).OrderBy(text => tokens[text].Length)];
        int count = 0;
        for (int i = 0; i < _order.Length; i++)
        {
            int length = tokens[_order[i]].Length;
            if (i == 0 || count + length > TokensPerTask)
            {
                _firsts.Add(i);
                count = 0;
            }

            count += length;
        }

        _firsts.Add(_order.Length);
    }

    /// <summary>Tasks.</summary>
    public int Count => _firsts.Count - 1;

    /// <summary>The texts of a task, as places in what was given.</summary>
    public ReadOnlySpan<int> Texts(int task) => _order.AsSpan(_firsts[task].._firsts[task + 1]);

    /// <summary>The tokens of a text.</summary>
    public int[] Tokens(int text) => _tokens[text];
}
