using System.Text;
using Microsoft.ML.Hydra.Text.Tokenizers;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Tokenizers;

public sealed class SentencePieceTests
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UnigramType = 1;
    private const int BpeType = 2;

    private static readonly (string, float, int)[] s_unigram =
    [
        ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("▁", -3, Normal), ("▁tent", -2, Normal), ("▁te", -1, Normal), ("nt", -1.5f, Normal),
        ("s", -1, Normal), ("t", -4, Normal), ("e", -4, Normal), ("n", -4, Normal),
    ];

    [Fact]
    public void XLM_R_numbers_its_tokens_in_its_own_way()
    {
        TextTokenizer tokenizer = SentencePieceText.Read(Model(UnigramType, s_unigram), "sentencepiece.bpe.model", isXlmRoberta: true, null);
        Assert.Equal([0, 5, 8, 2], tokenizer.Encode("tents", 10));      // ▁tent (−2) is better than ▁te nt (−2.5)
        Assert.Equal([0, 6, 8, 2], tokenizer.Encode("tes", 10));
        Assert.Equal([0, 5, 4, 3, 2], tokenizer.Encode("tent Q", 10));  // <unk> is 3
        Assert.Equal([0, 5, 2], tokenizer.Encode("tent tent tent", 3));
        Assert.Equal(11, tokenizer.LargestToken);
        var files = new Dictionary<string, byte[]> { ["sentencepiece.bpe.model"] = Model(UnigramType, s_unigram), ["vocab.txt"] = [] };
        Assert.Equal([0, 5, 8, 2], TokenizerFiles.Read(files, "folder", modelType: "bert").Encode("tents", 10));
    }

    [Fact]
    public void Llama_2_merges_by_score_and_begins_with_its_token()
    {
        byte[] model = Model(BpeType,
        [
            ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("te", 0, Normal), ("nt", -1, Normal), ("tent", -2, Normal), ("▁tent", -3, Normal),
            ("▁", -4, Normal), ("t", -5, Normal), ("e", -6, Normal), ("n", -7, Normal), ("s", -8, Normal),
        ]);
        TextTokenizer tokenizer = SentencePieceText.Read(model, "tokenizer.model", isXlmRoberta: false, null);
        Assert.Equal([1, 6, 11], tokenizer.Encode("tents", 10));
        Assert.Equal([1, 6, 7, 3], tokenizer.Encode("tent te", 10));
        Assert.Equal([7, 1, 6, 2], SentencePieceText.Read(model, "tokenizer.model", false, ([7, 1], [2])).Encode("tent", 10));
    }

    // A ModelProto: pieces (1) of text (1), score (2) and type (3); the trainer (2) with the type of the model (3); the normaliser (3), which puts ▁ before a
    // text (3), removes white space that is too much (4), and writes ▁ for a space (5)
    private static byte[] Model(int type, (string Piece, float Score, int Type)[] pieces)
    {
        using var model = new MemoryStream();
        foreach ((string piece, float score, int kind) in pieces)
        {
            byte[] text = Encoding.UTF8.GetBytes(piece);
            byte[] message = [0x0A, (byte)text.Length, .. text, 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)kind];
            model.Write([0x0A, (byte)message.Length, .. message]);
        }

        model.Write([0x12, 2, 0x18, (byte)type]);
        model.Write([0x1A, 6, 0x18, 1, 0x20, 1, 0x28, 1]);
        return model.ToArray();
    }
}
