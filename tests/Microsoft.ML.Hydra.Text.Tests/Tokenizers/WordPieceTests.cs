using System.Text.Json;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Hydra.Text.Tokenizers;
using TwoShops;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Tokenizers;

/// <summary>Tokens of bert-base-uncased, whose vocabulary the packaged models have.</summary>
public sealed class WordPieceTests
{
    private static readonly byte[] s_vocabulary = Vocabulary();
    private static readonly string[] s_pieces = System.Text.Encoding.UTF8.GetString(s_vocabulary).Split('\n');
    private static readonly TextTokenizer s_tokenizer = VocabularyFile.Read(s_vocabulary, "vocab.txt", null);

    [Theory]
    [InlineData("Hello, my dog is cute", new[] { 101, 7592, 1010, 2026, 3899, 2003, 10140, 102 })]   // of the documentation of transformers
    [InlineData("", new[] { 101, 102 })]
    [InlineData("[MASK] of [SEP]", new[] { 101, 103, 1997, 102, 102 })]
    public void Known_texts_have_known_tokens(string text, int[] expected) => Assert.Equal(expected, s_tokenizer.Encode(text, 128));

    [Theory]
    [InlineData("Café CRÈME", "cafe cr ##eme")]
    [InlineData("cafe\u0301", "cafe")]
    [InlineData("naïve Ångström", "naive ang ##strom")]
    [InlineData("don't stop-it!", "don ' t stop - it !")]
    [InlineData("a$b^c", "a $ b ^ c")]
    [InlineData("世界cup", "世 [UNK] cup")]
    [InlineData("a😀b c", "[UNK] c")]
    [InlineData("x\u200by\u00a0z\tq\0r", "x ##y z q ##r")]
    [InlineData("İstanbul", "istanbul")]
    [InlineData("가", "ᄀ ##ᅡ")]
    [InlineData("unaffable", "una ##ffa ##ble")]
    public void Words_are_cut_as_the_original_tokenizer_does(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', s_tokenizer.Encode(text, 128)[1..^1].Select(token => s_pieces[token])));

    [Fact]
    public void A_long_word_is_unknown_and_a_long_text_keeps_its_closing_token()
    {
        Assert.Equal([101, 100, 102], s_tokenizer.Encode(new string('a', 101), 128));
        Assert.DoesNotContain(100, s_tokenizer.Encode(new string('a', 100), 128));
        int[] whole = s_tokenizer.Encode("one two three four five six", 128);
        Assert.Equal([.. whole[..4], 102], s_tokenizer.Encode("one two three four five six", 5));
        Assert.Equal([101, 102], s_tokenizer.Encode("one two", 2));
        Assert.Equal([.. whole[..5], -1], s_tokenizer.Encode("one two three four five six", 6, [-1]));
    }

    [Fact]
    public void Every_letter_with_marks_loses_them()
    {
        var words = new BertWords(IsCleaned: true, SplitsChinese: true, StripsMarks: true, IsLowerCase: false);
        Assert.Equal("AEIOUaeiouCcNn", words.Normalize("ÀÊÏÕÚàêïõúÇçÑñ"));
        Assert.Equal("ΑΗο Ии", words.Normalize("ΆΉό Йй"));
        Assert.Equal("\u1101\u1161", words.Normalize("\uAE4C"));
        Assert.Equal("\u1112\u1161\u11AB", words.Normalize("한"));
        Assert.Equal("ø ł ß æ", words.Normalize("ø ł ß æ"));   // letters of their own
    }

    [Fact]
    public void A_cased_vocabulary_keeps_capitals_unless_the_configuration_states_otherwise()
    {
        byte[] cased = "[UNK]\n[CLS]\n[SEP]\nTent\ntent\nÉ\n"u8.ToArray();
        Assert.Equal([1, 3, 4, 5, 2], VocabularyFile.Read(cased, "vocab.txt", null).Encode("Tent tent É", 9));
        var lower = FolderJson.Parse("""{"do_lower_case":true,"strip_accents":false}"""u8.ToArray(), "tokenizer_config.json");
        Assert.Equal([1, 4, 4, 0, 2], VocabularyFile.Read(cased, "vocab.txt", lower).Encode("Tent tent É", 9));
        var named = FolderJson.Parse("""{"cls_token":{"content":"Tent"},"sep_token":"tent"}"""u8.ToArray(), "tokenizer_config.json");
        Assert.Equal([3, 4], VocabularyFile.Read(cased, "vocab.txt", named).Encode("", 9));
        Assert.Contains("has no line '[CLS]', the cls_token", Assert.Throws<InvalidDataException>(() => VocabularyFile.Read("a\nb"u8.ToArray(), "vocab.txt", null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_tokenizer_as_JSON_gives_the_same_tokens()
    {
        Dictionary<string, int> vocabulary = s_pieces.Select((piece, token) => (piece, token)).Where(pair => pair.piece.Length > 0).ToDictionary(pair => pair.piece, pair => pair.token);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new
        {
            added_tokens = new[] { new { id = 103, content = "[MASK]", special = true, normalized = false }, new { id = 102, content = "[SEP]", special = true, normalized = false } },
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new object[] { new { SpecialToken = new { id = "[CLS]", type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } }, new { SpecialToken = new { id = "[SEP]", type_id = 0 } } },
                special_tokens = new Dictionary<string, object> { ["[CLS]"] = new { ids = new[] { 101 } }, ["[SEP]"] = new { ids = new[] { 102 } } },
            },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        });
        TextTokenizer tokenizer = TokenizerJson.Read(FolderJson.Parse(json, "tokenizer.json"), "tokenizer.json");
        foreach (string text in new[] { "Hello, my dog is cute", "Café [MASK] crème 世界 a😀b", "", new string('a', 101), "unaffable [SEP] x" })
        {
            Assert.Equal(s_tokenizer.Encode(text, 128), tokenizer.Encode(text, 128));
        }
    }

    private static byte[] Vocabulary()
    {
        using Stream stream = PackagedModel.MiniLM.OpenVocabulary();
        using var reader = new StreamReader(stream);
        return System.Text.Encoding.UTF8.GetBytes(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
