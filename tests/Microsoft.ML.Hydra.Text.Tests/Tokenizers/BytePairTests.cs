using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Text.Tests.Models;
using Microsoft.ML.Hydra.Text.Tokenizers;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Tokenizers;

public sealed class BytePairTests
{
    // tokenizer.json of Llama 3 and of Qwen2
    private const string LlamaPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [Theory]
    [InlineData("tent", "tent")]
    [InlineData("ten", "ten")]
    [InlineData("team", "te|am")]
    [InlineData("tentten", "tent|ten")]
    [InlineData(" camp camp", "Ġcamp|Ġcamp")]
    [InlineData("camp", "c|am|p")]
    [InlineData("teteten", "te|te|ten")]
    [InlineData("é€", "Ã|©|â|Ĥ|¬")]
    [InlineData("aaaa", "aa|aa")]
    [InlineData("aaaaa", "aa|aa|a")]
    [InlineData("  x", "Ġ|Ġ|x")]
    [InlineData("a<mask>b", "a|<mask>|b")]
    [InlineData("a <mask> b", "a|<mask>|Ġ|b")]
    public void Pairs_are_merged_in_the_order_of_the_list(string text, string expected) =>
        Assert.Equal(expected, Tokens(text, new BytePairWords(BytePairWords.Gpt2Pattern, addsSpace: false)));

    [Fact]
    public void Words_follow_the_pattern_of_the_model()
    {
        Assert.Equal("123|45", Tokens("12345", new BytePairWords(LlamaPattern, false)));
        Assert.Equal("1|2345", Tokens("12345", new BytePairWords(null, false)));
        Assert.Equal(["Don", "'t", " stop", "  ", " now", "!!\n", "x"], new BytePairWords(LlamaPattern, false).Split("Don't stop   now!!\nx"));
        Assert.Equal([" Hello", "'s", " 12", " ?!", " "], new BytePairWords(BytePairWords.Gpt2Pattern, true).Split("Hello's 12 ?! "));
        Assert.Equal([" \U00020000b", "😀"], new BytePairWords(BytePairWords.Gpt2Pattern, true).Split("\U00020000b😀"));   // a letter beyond 16 bits
    }

    [Fact]
    public void Opening_and_closing_tokens_stay_when_a_text_is_cut()
    {
        BytePairTokenizer tokenizer = Tokenizer(new BytePairWords(BytePairWords.Gpt2Pattern, false), takesWholeWords: false);
        Assert.Equal(7, tokenizer.Encode("tent tent tent tent", 7).Length);
        Assert.Equal([900, 901], [tokenizer.Encode("tent tent tent", 4)[0], tokenizer.Encode("tent tent tent", 4)[^1]]);
        Assert.Equal(901, tokenizer.LargestToken);
    }

    [Fact]
    public void A_word_that_is_a_token_stays_whole_where_the_model_wants_it()
    {
        var words = new BytePairWords(BytePairWords.Gpt2Pattern, false);
        Assert.Equal("x|y|z", Tokens("xyz", words));
        Assert.Equal("xyz", Tokens("xyz", words, takesWholeWords: true));
    }

    [Fact]
    public void The_older_files_of_RoBERTa_give_the_tokens_of_its_JSON()
    {
        using TinyFolder folder = TinyFolder.Bert("roberta");
        JsonObject json = folder.Tokenizer(), model = (JsonObject)json["model"]!;
        byte[] vocabulary = Encoding.UTF8.GetBytes(model["vocab"]!.ToJsonString());
        byte[] merges = Encoding.UTF8.GetBytes("#version: 0.2\n" + string.Join('\n', ((JsonArray)model["merges"]!).Select(pair => (string)pair!)) + "\n");
        TextTokenizer older = TokenizerFiles.Read(new Dictionary<string, byte[]> { ["vocab.json"] = vocabulary, ["merges.txt"] = merges }, "folder", "roberta");
        TextTokenizer newer = TokenizerFiles.Read(new Dictionary<string, byte[]> { ["tokenizer.json"] = Encoding.UTF8.GetBytes(json.ToJsonString()) }, "folder", "roberta");
        foreach (string text in (string[])["", "a tent in the rowing camp", "Käse 12 </s> x"])
        {
            Assert.Equal(newer.Encode(text, 64), older.Encode(text, 64));
            Assert.Equal((0, 2), (older.Encode(text, 64)[0], older.Encode(text, 64)[^1]));
        }

        var without = new Dictionary<string, byte[]> { ["vocab.json"] = "{\"a\":0}"u8.ToArray(), ["merges.txt"] = merges };
        Assert.Throws<InvalidDataException>(() => TokenizerFiles.Read(without, "folder", "roberta"));
    }

    [Fact]
    public void A_long_word_takes_no_long_time()
    {
        BytePairTokenizer tokenizer = Tokenizer(new BytePairWords(BytePairWords.Gpt2Pattern, false), takesWholeWords: false);
        int[] tokens = tokenizer.Encode(new string('a', 200_001), int.MaxValue);
        Assert.Equal(100_001 + 2, tokens.Length);
    }

    private static string Tokens(string text, BytePairWords words, bool takesWholeWords = false)
    {
        string[] contents = Vocabulary();
        return string.Join('|', Tokenizer(words, takesWholeWords).Encode(text, 1000)[1..^1].Select(token => contents[token]));
    }

    private static BytePairTokenizer Tokenizer(BytePairWords words, bool takesWholeWords)
    {
        string[] contents = Vocabulary();
        return new BytePairTokenizer(
            new BytePairParts
            {
                Vocabulary = contents.Select((content, token) => (content, token)).ToDictionary(pair => pair.content, pair => pair.token),
                Merges = [.. Merges().Select(pair => (pair.Split(' ')[0], pair.Split(' ')[1]))],
                Words = words,
                TakesWholeWords = takesWholeWords,
                Added = [new AddedToken(Array.IndexOf(contents, "<mask>"), "<mask>", TakesLeft: true)],
            },
            [900],
            [901]);
    }

    private static string[] Merges() => ["t e", "te n", "ten t", "Ġ c", "a m", "Ġc am", "Ġcam p", "a a", "4 5", "3 45", "2 345", "1 2", "12 3"];

    // The bytes as characters that can be seen, then what pairs become
    private static string[] Vocabulary()
    {
        var contents = new List<string>();
        int unseen = 256;
        for (int value = 0; value < 256; value++)
        {
            contents.Add(((char)(value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? value : unseen++)).ToString());
        }

        return [.. contents, .. Merges().Select(pair => pair.Replace(" ", "", StringComparison.Ordinal)), "xyz", "<mask>"];
    }
}
