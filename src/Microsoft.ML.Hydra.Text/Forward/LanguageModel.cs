using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Forward;

/// <summary>A language model ready to run: weights in the form in which products read them. Reads only, so any number of threads may run it at once.</summary>
internal abstract unsafe class LanguageModel
{
    /// <summary>Stands for <c>[ITEM]</c> among the tokens of a text.</summary>
    public const int ItemToken = -1;

    private readonly float[] _embeddings;
    private readonly float[]? _itemToken;

    protected LanguageModel(LanguageModelWeights weights, string embeddings)
    {
        Shape = weights.Shape;
        _embeddings = weights[embeddings];
        _itemToken = weights.Tensors.ContainsKey(LanguageModelWeights.ItemToken) ? weights[LanguageModelWeights.ItemToken] : null;
    }

    /// <summary>Sizes.</summary>
    public LanguageModelShape Shape { get; }

    /// <summary>Prepares a model.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="maximumTokens">The most tokens that a text will have.</param>
    /// <param name="workspace">Packs for its instruction set; the model must run with the same one.</param>
    public static LanguageModel Of(LanguageModelWeights weights, int maximumTokens, Workspace workspace) =>
        weights.Shape.Kind == LanguageModelKind.Bert ? new BertModel(weights, workspace) : new LlamaModel(weights, maximumTokens, workspace);

    /// <summary>Computes the last hidden states of some texts.</summary>
    /// <param name="texts">All texts.</param>
    /// <param name="task">Those to compute.</param>
    /// <param name="pooling">Which of them are needed.</param>
    /// <param name="arena">Holds the result.</param>
    /// <returns>
    /// Rows of d numbers, text by text: of each token for <see cref="TextPooling.Mean"/>, otherwise of the one token that is needed; none of a text without
    /// tokens.
    /// </returns>
    public abstract float* Run<TSimd, TVector>(TokenTexts texts, int task, TextPooling pooling, Arena arena)
        where TSimd : struct, ISimd<TVector>;

    /// <summary>The vector of a token before the first layer.</summary>
    protected ReadOnlySpan<float> Embedding(int token) =>
        token == ItemToken ? _itemToken : _embeddings.AsSpan((int)((long)token * Shape.Width), Shape.Width);

    /// <summary>The rows of each text's attention.</summary>
    /// <param name="texts">All texts.</param>
    /// <param name="task">Those to compute.</param>
    /// <param name="projected">Queries, keys and values of a token in a row.</param>
    /// <param name="results">Receives a row for each token.</param>
    /// <param name="arena">Scratch memory.</param>
    protected void Attend<TSimd, TVector>(TokenTexts texts, int task, float* projected, float* results, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (int heads, int shared, int width) = (Shape.NumberOfHeads, Shape.NumberOfKeyValueHeads, Shape.HeadWidth);
        int row = (heads + (2 * shared)) * width;
        foreach (int text in texts.Texts(task))
        {
            int tokens = texts.Tokens(text).Length;
            for (int head = 0; head < heads; head++)
            {
                float* keys = projected + ((heads + (head / (heads / shared))) * width);
                var operands = new AttentionHead(tokens, width, Shape.Kind == LanguageModelKind.Llama)
                {
                    Queries = new(projected + (head * width), row),
                    Keys = new(keys, row),
                    Values = new(keys + (shared * width), row),
                    Results = new(results + (head * width), heads * width),
                };
                Attention<TSimd, TVector>.Forward(operands, arena);
            }

            projected += (nint)tokens * row;
            results += (nint)tokens * heads * width;
        }
    }

    /// <summary>Moves the rows that are needed to the front; after the last attention a row depends on no other.</summary>
    /// <returns>How many there are.</returns>
    protected static int Keep(TokenTexts texts, int task, TextPooling pooling, float* rows, int width)
    {
        int kept = 0, first = 0;
        foreach (int text in texts.Texts(task))
        {
            int tokens = texts.Tokens(text).Length;
            if (tokens > 0)
            {
                nint row = pooling == TextPooling.FirstToken ? first : first + tokens - 1;
                new ReadOnlySpan<float>(rows + (row * width), width).CopyTo(new(rows + ((nint)kept * width), width));
                kept++;
            }

            first += tokens;
        }

        return kept;
    }

    /// <summary>The number of tokens of a task.</summary>
    protected static int Rows(TokenTexts texts, int task)
    {
        int rows = 0;
        foreach (int text in texts.Texts(task))
        {
            rows += texts.Tokens(text).Length;
        }

        return rows;
    }
}
