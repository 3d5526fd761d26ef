using System.Text;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>Reads RoBERTa's older files, <c>vocab.json</c> (tokens) and <c>merges.txt</c> (a pair a line, the first to be merged first).</summary>
internal static class RobertaFiles
{
    public const string VocabularyName = "vocab.json";
    public const string MergesName = "merges.txt";

    /// <summary>Makes the tokenizer.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="vocabularyFile">Their file, as messages name it.</param>
    /// <param name="merges">The merges.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or a special token is missing.</exception>
    public static TextTokenizer Read(FolderJson vocabulary, string vocabularyFile, byte[] merges)
    {
        Dictionary<string, int> tokens = vocabulary.Properties.Select(property => property.Name).Distinct()
            .ToDictionary(name => name, name => vocabulary.Integer(name, 0, 1 << 24), StringComparer.Ordinal);
        string[] special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
        return new BytePairTokenizer(
            new BytePairParts
            {
                Vocabulary = tokens,
                Merges =
                [
                    .. from line in Encoding.UTF8.GetString(merges).Split('\n')
                       where !line.StartsWith("#version", StringComparison.Ordinal)
                       let parts = line.TrimEnd('\r').Split(' ')
                       where parts is [{ Length: > 0 }, { Length: > 0 }]
                       select (parts[0], parts[1]),
                ],
                Words = new BytePairWords(BytePairWords.Gpt2Pattern, addsSpace: false),
                Added = [.. special.Where(tokens.ContainsKey).Select(content => new AddedToken(tokens[content], content, TakesLeft: content == "<mask>"))],
            },
            [Special("<s>")],
            [Special("</s>")]);

        int Special(string content) => tokens.TryGetValue(content, out int token) ? token : throw new InvalidDataException(
            $"{vocabularyFile} has no token '{content}'; expected the vocabulary of a RoBERTa model.");
    }
}
