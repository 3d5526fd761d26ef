using System.Text;
using System.Text.Json;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>Reads BERT's <c>vocab.txt</c>, a word piece a line; the number of the line, from 0, is the token.</summary>
internal static class VocabularyFile
{
    public const string Name = "vocab.txt";

    /// <summary>Makes the tokenizer.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="file">The file as messages name it.</param>
    /// <param name="configuration"><c>tokenizer_config.json</c>; null where there is none.</param>
    /// <exception cref="InvalidDataException">A special token is not in the vocabulary.</exception>
    public static TextTokenizer Read(byte[] bytes, string file, FolderJson? configuration)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        using (var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8))
        {
            for (int token = 0; reader.ReadLine() is string line; token++)
            {
                vocabulary[line] = token;
            }
        }

        int opening = Special("cls_token", "[CLS]"), closing = Special("sep_token", "[SEP]"), unknown = Special("unk_token", "[UNK]");
        bool isLowerCase = configuration?.Flag("do_lower_case", true) ?? !vocabulary.Keys.Any(HasCapital);
        return new WordPieceTokenizer(
            new WordPieceParts
            {
                Vocabulary = vocabulary,
                Words = new BertWords(
                    IsCleaned: true,
                    SplitsChinese: configuration?.Flag("tokenize_chinese_chars", true) ?? true,
                    StripsMarks: configuration?.Flag("strip_accents", isLowerCase) ?? isLowerCase,
                    isLowerCase),
                Unknown = unknown,
                Added = [.. SpecialTokens().Where(vocabulary.ContainsKey).Distinct().Select(content => new AddedToken(vocabulary[content], content))],
            },
            [opening],
            [closing]);

        int Special(string key, string fallback)
        {
            string content = Content(configuration, key) ?? fallback;
            return vocabulary.TryGetValue(content, out int token) ? token : throw new InvalidDataException(
                $"{file} has no line '{Persistence.MessageText.Of(content)}', the {key} of the tokenizer; expected the vocabulary of a BERT model, a word piece a line.");
        }

        IEnumerable<string> SpecialTokens() =>
            from pair in new[] { ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]") }
            select Content(configuration, pair.Item1) ?? pair.Item2;
    }

    /// <summary>A special token in <c>tokenizer_config.json</c>: a text, or an object with the text in "content".</summary>
    public static string? Content(FolderJson? configuration, string key) =>
        configuration is null || !configuration.TryGet(key, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Object ? configuration.Object(key)!.Text("content")
        : configuration.Text(key);

    // "[CLS]" and its like are in every vocabulary, and so are letters such as ℝ, which have no small form.
    private static bool HasCapital(string piece) => !piece.StartsWith('[') && piece.Any(letter => char.ToLowerInvariant(letter) != letter);
}
