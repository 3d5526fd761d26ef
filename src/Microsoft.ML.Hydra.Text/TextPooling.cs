namespace Microsoft.ML.Hydra.Text;

/// <summary>How the vectors of a text's tokens become one vector.</summary>
public enum TextPooling
{
    /// <summary>
    /// What the folder states: its <c>hydra_text.json</c>, otherwise its <c>1_Pooling/config.json</c> (sentence-transformers). Where it states nothing,
    /// <see cref="Mean"/> for BERT, RoBERTa and XLM-R, and <see cref="LastToken"/> for Llama and Qwen.
    /// </summary>
    Automatic,

    /// <summary>The mean over all tokens, those that the tokenizer adds included.</summary>
    Mean,

    /// <summary>The vector of the first token, <c>[CLS]</c> of BERT. For models in which a token sees those after it.</summary>
    FirstToken,

    /// <summary>The vector of the last token, which in Llama and Qwen is the one that has seen all others.</summary>
    LastToken,

    /// <summary>
    /// The vector of <c>[ITEM]</c>, a trained vector after the tokens (in BERT in the place of <c>[SEP]</c>). For folders that were tuned with it.
    /// </summary>
    ItemToken,
}
