using Microsoft.ML.Hydra.Features;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Features;

public sealed class WordTokensTests
{
    [Theory]
    [InlineData("", 0, 0, 0)]
    [InlineData(" \t-- !? ", 0, 0, 0)]
    [InlineData("soap", 1, 0, 0)]
    [InlineData("soap, soap. SOAP!", 1, 1, 0)]
    [InlineData("red nail polish", 3, 2, 1)]           // poli-
    [InlineData("polish polished", 2, 1, 1)]           // one beginning for both
    [InlineData("50ml shampoo", 2, 1, 1)]
    [InlineData("crème brûlée", 2, 1, 2)]
    [InlineData("hair\u00A0dryer", 2, 1, 1)]
    public void Text_has_words_pairs_and_beginnings(string text, int words, int pairs, int beginnings)
    {
        int[] tokens = Of(text);

        Assert.Equal((words, pairs, beginnings), (Count(TokenKind.Word), Count(TokenKind.Pair), Count(TokenKind.Prefix)));
        Assert.Equal(tokens.Distinct().Order(), tokens);

        int Count(TokenKind kind) => tokens.Count(token => WordTokens.KindOf(token) == kind);
    }

    [Fact]
    public void The_hashes_of_tokens_never_change_as_models_store_them()
    {
        Assert.Equal([HashOf("soap")], Of("soap"));
        Assert.Equal(new[] { HashOf("hand"), HashOf("soap"), HashOf("hand soap", TokenKind.Pair) }.Order(), Of("Hand soap"));
        Assert.Equal(new[] { HashOf("shampoo"), HashOf("sham", TokenKind.Prefix) }.Order(), Of("SHAMPOO"));
        Assert.Equal([SoapWord], Of("soap"));
        Assert.Contains(HandSoapPair, Of("hand soap"));
        Assert.Contains(ShamPrefix, Of("shampoo"));
    }

    [Theory]
    [InlineData("Straße ÉCLAIR Ünal", "straße éclair ünal")]
    [InlineData("МЫЛО ΣΑΠΟΥΝΙ", "мыло σαπουνι")]
    [InlineData("x(1)y", "X 1 y")]
    public void Case_and_signs_make_no_difference(string one, string other) => Assert.Equal(Of(one), Of(other));

    [Fact]
    public void Order_makes_a_difference_in_pairs_only()
    {
        int[] one = Of("green tea"), other = Of("tea green");

        Assert.Equal(2, one.Intersect(other).Count(token => WordTokens.KindOf(token) == TokenKind.Word));
        Assert.DoesNotContain(one.Intersect(other), token => WordTokens.KindOf(token) == TokenKind.Pair);
    }

    [Fact]
    public void Several_texts_have_the_tokens_of_all_but_no_pair_across_them()
    {
        Assert.Equal(Of("hand soap").Union(Of("tea")).Order(), Of("hand soap", "", "tea"));
        Assert.DoesNotContain(HashOf("soap tea", TokenKind.Pair), Of("hand soap", "tea"));
    }

    [Theory]
    [InlineData("护手霜", 3, 2)]                       // Han
    [InlineData("せっけん", 4, 3)]                     // Hiragana
    [InlineData("シャンプー", 5, 4)]                    // Katakana
    [InlineData("ｼｬﾝﾌﾟｰ", 6, 5)]                   // Katakana of half width
    [InlineData("สบู่", 2, 1)]                          // Thai: a vowel and a tone belong to their letter
    [InlineData("ສະບູ", 3, 2)]                          // Lao
    [InlineData("𠮷野", 2, 1)]                         // Han beyond 16 bits
    public void Languages_without_spaces_are_cut_into_letters_and_their_pairs(string text, int letters, int pairs)
    {
        int[] tokens = Of(text);

        Assert.Equal((letters, pairs, 0), (Count(TokenKind.Word), Count(TokenKind.Pair), Count(TokenKind.Prefix)));

        int Count(TokenKind kind) => tokens.Count(token => WordTokens.KindOf(token) == kind);
    }

    [Fact]
    public void Letters_without_spaces_match_inside_longer_text_and_beside_other_words()
    {
        Assert.Subset(Of("新款护手霜礼盒").ToHashSet(), Of("护手霜").ToHashSet());
        Assert.Equal(Of("iphone15 手 机"), Of("iPhone15手机"));
        Assert.Equal(Of("手 a 机"), Of("手a机"));
    }

    [Fact]
    public void Words_of_languages_with_spaces_stay_whole()
    {
        foreach (string word in new[] { "비누", "مصل", "סבון", "мыло", "हिन्दी", "e\u0301clair", "𐐨𐐩𐐪" })
        {
            Assert.Single(Of(word), token => WordTokens.KindOf(token) == TokenKind.Word);
            Assert.DoesNotContain(Of(word), token => WordTokens.KindOf(token) == TokenKind.Pair);
        }
    }

    [Theory]
    [InlineData("\u0301\u0302 ❤\uFE0F \uD83D\uDE00")]     // marks without a letter, an emoji
    [InlineData("\uD83D")]                                 // half a letter at the end
    [InlineData("\uDE00\uD83D ")]
    public void Signs_and_broken_text_have_no_tokens(string text) => Assert.Empty(Of(text));

    [Fact]
    public void Half_a_letter_separates_words() => Assert.Equal(Of("hand soap"), Of("hand\uD83Dsoap"));

    [Fact]
    public void Very_long_words_and_texts_are_read()
    {
        Assert.Equal(2, Of(new string('a', 100_000)).Length);
        Assert.Equal(1 + 1, Of(new string('手', 100_000)).Length);

        int[] tokens = Of(string.Join(' ', Enumerable.Range(0, 20_000)));
        Assert.Equal(20_000, tokens.Count(token => WordTokens.KindOf(token) == TokenKind.Word));
        Assert.Equal(19_999, tokens.Count(token => WordTokens.KindOf(token) == TokenKind.Pair));
    }

    // Computed outside this library
    private const int SoapWord = -1185059220;
    private const int HandSoapPair = 1777042485;
    private const int ShamPrefix = 2108516434;

    private static int[] Of(params string[] texts) => WordTokens.Of(Array.ConvertAll(texts, text => text.AsMemory()));

    // FNV-1a of 32 bits over the units of the text, the high bits folded into the low ones, of which 30 are kept above the two of the kind
    private static int HashOf(string text, TokenKind kind = TokenKind.Word)
    {
        ulong hash = 2166136261;
        foreach (char unit in text)
        {
            hash = ((hash ^ unit) * 16777619) & uint.MaxValue;
        }

        hash ^= hash >> 15;
        return unchecked((int)(uint)(((hash * 4) + (ulong)kind) & uint.MaxValue));
    }
}
