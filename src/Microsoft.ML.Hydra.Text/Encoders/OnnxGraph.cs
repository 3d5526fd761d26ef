using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Hydra.Text.Encoders;

/// <summary>What a graph reads and gives, in the names and shapes that exporters use.</summary>
/// <param name="Inputs">Those of the known inputs that it has.</param>
/// <param name="Output">The output that is used.</param>
/// <param name="IsPooled">Whether the output is a vector for each text, <c>[B, d]</c>; otherwise one for each token, <c>[B, T, d]</c>.</param>
/// <param name="Dimension">d; null where the graph does not state it.</param>
internal sealed record OnnxGraph(IReadOnlyList<string> Inputs, string Output, bool IsPooled, int? Dimension)
{
    /// <summary>Numbers of the tokens.</summary>
    public const string Tokens = "input_ids";

    /// <summary>1 for each token, 0 for padding.</summary>
    public const string Mask = "attention_mask";

    /// <summary>The part of a pair of texts that a token is of; always 0 here.</summary>
    public const string Parts = "token_type_ids";

    // The preferred names first; then any output of the shape.
    private static readonly string[] s_outputs = ["last_hidden_state", "token_embeddings", "sentence_embedding"];

    /// <summary>Checks the graph.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="path">Its file, for the messages.</param>
    /// <param name="pooling">How the vectors of tokens become one.</param>
    /// <exception cref="InvalidDataException">The graph has other inputs or outputs.</exception>
    public static OnnxGraph Check(InferenceSession session, string path, TextPooling pooling)
    {
        foreach ((string name, NodeMetadata input) in session.InputMetadata)
        {
            if (name is not (Tokens or Mask or Parts))
            {
                throw Unexpected(path, $"has the input '{name}'", $"no other inputs than {Tokens}, {Mask} and {Parts}");
            }

            if (input.ElementType != typeof(long) || input.Dimensions.Length != 2)
            {
                throw Unexpected(path, $"reads {Describe(input)} in the input '{name}'", "Int64 [texts, tokens]");
            }
        }

        if (!session.InputMetadata.ContainsKey(Tokens))
        {
            throw Unexpected(path, $"has no input '{Tokens}'", "the tokens there, Int64 [texts, tokens]");
        }

        (string output, NodeMetadata states) = session.OutputMetadata
            .Where(node => node.Value.ElementType == typeof(float) && node.Value.Dimensions.Length is 2 or 3)
            .OrderByDescending(node => node.Value.Dimensions.Length)
            .ThenBy(node => Array.IndexOf(s_outputs, node.Key) is int place and >= 0 ? place : s_outputs.Length)
            .Select(node => (node.Key, node.Value)).FirstOrDefault();
        if (output is null)
        {
            throw Unexpected(
                path, $"has the outputs {string.Join(", ", session.OutputMetadata.Select(node => $"'{node.Key}' {Describe(node.Value)}"))}", "one of Single [texts, tokens, d] or [texts, d]");
        }

        bool isPooled = states.Dimensions.Length == 2;
        if (isPooled && pooling != TextPooling.Automatic)
        {
            throw Unexpected(path, $"gives one vector for each text, but Pooling is {pooling}", "vectors of tokens; leave Pooling at Automatic");
        }

        return new OnnxGraph([.. session.InputMetadata.Keys], output, isPooled, states.Dimensions[^1] > 0 ? states.Dimensions[^1] : null);
    }

    private static string Describe(NodeMetadata node) =>
        $"{node.ElementType?.Name ?? "no tensor"} [{string.Join(", ", node.Dimensions.Select(size => size > 0 ? size.ToString(CultureInfo.InvariantCulture) : "any"))}]";

    private static InvalidDataException Unexpected(string path, string finding, string expected) =>
        new($"The ONNX model '{path}' {finding}; expected {expected}.");
}
