using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>
/// Reads a <c>tokenizer.json</c> (github.com/huggingface/tokenizers) with a WordPiece or a byte-level BPE model. What it states and is not done here is
/// refused, so that a text has exactly the tokens that the model was trained with.
/// </summary>
internal static class TokenizerJson
{
    public const string Name = "tokenizer.json";

    private const string TypeKey = "type";
    private const int MostTokens = 1 << 24;

    /// <summary>Makes the tokenizer.</summary>
    /// <param name="json">The file.</param>
    /// <param name="file">The file as messages name it.</param>
    /// <exception cref="InvalidDataException">The file states what is not supported.</exception>
    public static TextTokenizer Read(FolderJson json, string file)
    {
        FolderJson model = json.Object("model") ?? throw new InvalidDataException($"{file} has no 'model'; copy the file again from where the model is published.");
        return model.Text(TypeKey) switch
        {
            "WordPiece" => WordPiece(json, model),
            "BPE" => BytePairs(json, model),
            "Unigram" => throw model.NotSupported("is a Unigram model", "sentencepiece.bpe.model or tokenizer.model beside it, from which such a tokenizer is read"),
            string other => throw model.NotSupported($"is a model of the type '{MessageText.Of(other)}'", "WordPiece or BPE"),
            null => throw model.NotSupported("has no 'type'", "WordPiece or BPE"),
        };
    }

    /// <summary>The tokens before and after each text, from the "post_processor"; null where there is none.</summary>
    public static (int[] Opening, int[] Closing)? Frame(FolderJson json)
    {
        (int[] Opening, int[] Closing)? frame = null;
        FolderJson? processor = json.Object("post_processor");
        foreach (FolderJson part in processor is null ? [] : processor.Text(TypeKey) == "Sequence" ? processor.Objects("processors") : [processor])
        {
            (int[] Opening, int[] Closing)? next = part.Text(TypeKey) switch
            {
                "ByteLevel" => null,
                "BertProcessing" or "RobertaProcessing" => ([Pair(part, "cls")], [Pair(part, "sep")]),
                "TemplateProcessing" => Template(part),
                string other => throw part.NotSupported($"is of the type '{MessageText.Of(other)}'", "TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel"),
                null => throw part.NotSupported("has no 'type'", "TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel"),
            };
            frame = frame is null || next is null ? next ?? frame : throw part.NotSupported("adds tokens for the second time", "one part that adds tokens");
        }

        return frame;
    }

    private static WordPieceTokenizer WordPiece(FolderJson json, FolderJson model)
    {
        Dictionary<string, int> vocabulary = Vocabulary(model);
        FolderJson? normalizer = Only(json, "normalizer", "normalizers", "BertNormalizer");
        _ = Only(json, "pre_tokenizer", "pretokenizers", "BertPreTokenizer") ?? throw json.NotSupported("has no 'pre_tokenizer'", "BertPreTokenizer");
        bool isLowerCase = normalizer?.Flag("lowercase", true) ?? false;
        string unknown = model.Text("unk_token", "[UNK]");
        (int[] opening, int[] closing) = Frame(json) ?? ([], []);
        return new WordPieceTokenizer(
            new WordPieceParts
            {
                Vocabulary = vocabulary,
                Words = new BertWords(
                    normalizer?.Flag("clean_text", true) ?? false,
                    normalizer?.Flag("handle_chinese_chars", true) ?? false,
                    normalizer?.Flag("strip_accents", isLowerCase) ?? false,
                    isLowerCase),
                Unknown = vocabulary.TryGetValue(unknown, out int token) ? token
                    : throw model.NotSupported($"has no '{MessageText.Of(unknown)}', its unk_token, in 'vocab'", "it there"),
                Continuation = model.Text("continuing_subword_prefix", "##"),
                LongestWord = model.Integer("max_input_chars_per_word", 1, 1000, 100),
                Added = Added(json),
            },
            opening,
            closing);
    }

    private static BytePairTokenizer BytePairs(FolderJson json, FolderJson model)
    {
        if (model.Flag("byte_fallback", false))
        {
            throw model.NotSupported("states byte_fallback", "a byte-level BPE, or tokenizer.model beside it, from which a SentencePiece tokenizer is read");
        }

        foreach (string key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Text(key, "").Length > 0)
            {
                throw model.NotSupported($"states {key}", "a byte-level BPE without it");
            }
        }

        if (model.TryGet("dropout", out JsonElement dropout) && dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() != 0)
        {
            throw model.NotSupported("states a dropout", "none");
        }

        (int[] opening, int[] closing) = Frame(json) ?? ([], []);
        return new BytePairTokenizer(
            new BytePairParts
            {
                Vocabulary = Vocabulary(model),
                Merges = Merges(model),
                Words = Words(json),
                IsComposed = Only(json, "normalizer", "normalizers", "NFC") is not null,
                TakesWholeWords = model.Flag("ignore_merges", false),
                Added = Added(json),
            },
            opening,
            closing);
    }

    // ByteLevel alone, or Split by a pattern and then ByteLevel without one
    private static BytePairWords Words(FolderJson json)
    {
        FolderJson pre = json.Object("pre_tokenizer") ?? throw json.NotSupported("has no 'pre_tokenizer'", "ByteLevel");
        IReadOnlyList<FolderJson> parts = pre.Text(TypeKey) == "Sequence" ? pre.Objects("pretokenizers") : [pre];
        if (parts is [FolderJson level] && level.Text(TypeKey) == "ByteLevel")
        {
            return new BytePairWords(level.Flag("use_regex", true) ? BytePairWords.Gpt2Pattern : null, level.Flag("add_prefix_space", true));
        }

        if (parts is [FolderJson split, FolderJson last] && split.Text(TypeKey) == "Split" && last.Text(TypeKey) == "ByteLevel" && !last.Flag("use_regex", true)
            && split.Text("behavior") == "Isolated" && !split.Flag("invert", false) && split.Object("pattern")?.Text("Regex") is string pattern)
        {
            try
            {
                return new BytePairWords(pattern, last.Flag("add_prefix_space", true));
            }
            catch (ArgumentException cause)
            {
                throw new InvalidDataException($"{split.NotSupported("has a pattern that .NET cannot read", "a pattern of letters, numbers and spaces").Message} ({MessageText.OneLine(cause.Message)})", cause);
            }
        }

        throw pre.NotSupported(
            $"is {MessageText.Of(string.Join(" and ", parts.Select(part => part.Text(TypeKey, "without a type"))))}",
            "ByteLevel, or an isolating Split by a Regex and then ByteLevel without one");
    }

    // The part of the type; null where there is none
    private static FolderJson? Only(FolderJson json, string key, string listKey, string type)
    {
        if (json.Object(key) is not FolderJson part)
        {
            return null;
        }

        IReadOnlyList<FolderJson> parts = part.Text(TypeKey) == "Sequence" ? part.Objects(listKey) : [part];
        return parts is [FolderJson only] && only.Text(TypeKey) == type ? only
            : parts.Count == 0 ? null
            : throw part.NotSupported($"is {MessageText.Of(string.Join(" and ", parts.Select(one => one.Text(TypeKey, "without a type"))))}", type);
    }

    private static Dictionary<string, int> Vocabulary(FolderJson model)
    {
        FolderJson json = model.Object("vocab") ?? throw model.NotSupported("has no 'vocab'", "an object of tokens");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string content, JsonElement value) in json.Properties)
        {
            vocabulary[content] = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int token) && token is >= 0 and < MostTokens
                ? token
                : throw json.Unexpected(MessageText.Of(content), value, "a token from 0 on");
        }

        return vocabulary.Count > 0 ? vocabulary : throw model.NotSupported("has an empty 'vocab'", "tokens");
    }

    // "a b", or ["a", "b"] in newer files
    private static List<(string Left, string Right)> Merges(FolderJson model)
    {
        if (!model.TryGet("merges", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw model.NotSupported("has no list 'merges'", "the merges of a byte-level BPE");
        }

        return
        [
            .. from item in list.EnumerateArray()
               let parts = item.ValueKind == JsonValueKind.String ? model.Content(item).Split(' ')
                   : item.ValueKind == JsonValueKind.Array ? [.. item.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? model.Content(part) : "")]
                   : []
               select parts is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : throw model.Unexpected("merges", item, "two tokens in each"),
        ];
    }

    private static List<AddedToken> Added(FolderJson json)
    {
        var added = new List<AddedToken>();
        foreach (FolderJson token in json.Objects("added_tokens"))
        {
            string content = token.Text("content", "");
            if (content.Length == 0)
            {
                throw token.NotSupported("has no 'content'", "a text");
            }

            if (token.Flag("single_word", false))
            {
                throw token.NotSupported("states single_word", "a token that is found inside words, too");
            }

            added.Add(new AddedToken(
                token.Integer("id", 0, MostTokens), content, token.Flag("lstrip", false), token.Flag("rstrip", false), token.Flag("normalized", false)));
        }

        return added;
    }

    // ["[SEP]", 102]
    private static int Pair(FolderJson part, string key) =>
        part.TryGet(key, out JsonElement pair) && pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
        && pair[1].ValueKind == JsonValueKind.Number && pair[1].TryGetInt32(out int token) && token is >= 0 and < MostTokens
            ? token
            : throw part.NotSupported($"has no pair of text and token '{key}'", "such a pair");

    private static (int[] Opening, int[] Closing) Template(FolderJson part)
    {
        FolderJson tokens = part.Object("special_tokens") ?? throw part.NotSupported("has no 'special_tokens'", "an object of them");
        var (opening, closing, isAfter) = (new List<int>(), new List<int>(), false);
        foreach (FolderJson step in part.Objects("single"))
        {
            if (step.Object("Sequence") is not null)
            {
                isAfter = !isAfter ? true : throw part.NotSupported("repeats the text in 'single'", "the text once");
            }
            else
            {
                string name = step.Object("SpecialToken")?.Text("id") ?? "";
                FolderJson token = tokens.Object(name) ?? throw part.NotSupported($"has no special token '{MessageText.Of(name)}'", "it among the special_tokens");
                (isAfter ? closing : opening).AddRange(Tokens(token));
            }
        }

        return isAfter ? ([.. opening], [.. closing]) : throw part.NotSupported("has no text in 'single'", "the text once");
    }

    private static IEnumerable<int> Tokens(FolderJson token) =>
        token.TryGet("ids", out JsonElement ids) && ids.ValueKind == JsonValueKind.Array
        && ids.EnumerateArray().All(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value) && value is >= 0 and < MostTokens)
            ? ids.EnumerateArray().Select(id => id.GetInt32()).ToArray()
            : throw token.NotSupported("has no list of tokens 'ids'", "such a list");
}
