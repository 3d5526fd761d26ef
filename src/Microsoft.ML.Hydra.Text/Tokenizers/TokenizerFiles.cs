using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>Chooses the tokenizer of a folder from the files that it has.</summary>
internal static class TokenizerFiles
{
    private const string ConfigurationName = "tokenizer_config.json";

    /// <summary>Reads the tokenizer.</summary>
    /// <param name="files">The small files of the folder, by name.</param>
    /// <param name="directory">The folder, for messages.</param>
    /// <param name="modelType">The model's type in <c>config.json</c>.</param>
    /// <exception cref="InvalidDataException">The folder has no tokenizer, or one that cannot be followed exactly.</exception>
    public static TextTokenizer Read(IReadOnlyDictionary<string, byte[]> files, string directory, string modelType)
    {
        FolderJson? configuration = files.TryGetValue(ConfigurationName, out byte[]? bytes) ? FolderJson.Parse(bytes, PathOf(ConfigurationName)) : null;
        FolderJson? json = files.TryGetValue(TokenizerJson.Name, out byte[]? jsonBytes) ? FolderJson.Parse(jsonBytes, PathOf(TokenizerJson.Name)) : null;
        foreach (string name in new[] { SentencePieceText.XlmRobertaName, SentencePieceText.LlamaName })
        {
            if (files.TryGetValue(name, out byte[]? pieces))
            {
                // The name says how tokens are numbered: models of the type bert have this tokenizer, too.
                return SentencePieceText.Read(pieces, PathOf(name), isXlmRoberta: name == SentencePieceText.XlmRobertaName, json is null ? null : TokenizerJson.Frame(json));
            }
        }

        if (json is not null)
        {
            return TokenizerJson.Read(json, PathOf(TokenizerJson.Name));
        }

        if (modelType == "roberta" && files.TryGetValue(RobertaFiles.VocabularyName, out byte[]? tokens) && files.TryGetValue(RobertaFiles.MergesName, out byte[]? merges))
        {
            string path = PathOf(RobertaFiles.VocabularyName);
            return RobertaFiles.Read(FolderJson.Parse(tokens, path), path, merges);
        }

        if (files.TryGetValue(VocabularyFile.Name, out byte[]? vocabulary))
        {
            return VocabularyFile.Read(vocabulary, PathOf(VocabularyFile.Name), configuration);
        }

        throw new InvalidDataException(
            $"The folder '{directory}' has no tokenizer; expected tokenizer.json, {VocabularyFile.Name}, tokenizer.model or sentencepiece.bpe.model beside the weights.");

        string PathOf(string name) => $"'{Path.Combine(directory, name)}'";
    }
}
