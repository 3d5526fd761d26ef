namespace Microsoft.ML.Hydra.Text;

/// <summary>What of a language model is tuned.</summary>
public enum TextTuning
{
    /// <summary>A linear map of the vectors; the language model stays as it is. The fastest.</summary>
    Projection,

    /// <summary>The last layers, over the outputs of the layers before them, which are computed once and kept in memory.</summary>
    TopLayers,

    /// <summary>All layers; only the table of the words' vectors stays as it is.</summary>
    Full,

    /// <summary>Factors of a low rank that are added to the query and value matrices of all layers, and merged into them at the end (arXiv 2106.09685). For large models.</summary>
    Lora,

    /// <summary>
    /// All layers, by the loss of the sequence model instead of that of neighbours: the sequence model trains too, and is not kept (arXiv 2504.07398).
    /// </summary>
    EndToEnd,
}
