using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Hydra.Text.Tokenizers;

/// <summary>
/// A SentencePiece model (arXiv 1808.06226), as of Llama 2 (<c>tokenizer.model</c>) and XLM-R (<c>sentencepiece.bpe.model</c>). Special tokens inside a text
/// are read as text.
/// </summary>
internal sealed class SentencePieceText : TextTokenizer
{
    public const string LlamaName = "tokenizer.model";
    public const string XlmRobertaName = "sentencepiece.bpe.model";

    // XLM-R has its own tokens in front: <s>, <pad>, </s>, <unk>, then those of the file from its fourth on.
    private const int XlmRobertaOpening = 0;
    private const int XlmRobertaClosing = 2;
    private const int XlmRobertaUnknown = 3;

    private readonly SentencePieceTokenizer _tokenizer;
    private readonly bool _isXlmRoberta;

    private SentencePieceText(SentencePieceTokenizer tokenizer, bool isXlmRoberta, int[] opening, int[] closing)
        : base(opening, closing)
    {
        (_tokenizer, _isXlmRoberta) = (tokenizer, isXlmRoberta);
        LargestToken = Math.Max(tokenizer.Vocabulary.Values.Select(Token).Max(), opening.Concat(closing).Append(0).Max());
    }

    public override int LargestToken { get; }

    /// <summary>Makes the tokenizer.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="file">The file as messages name it.</param>
    /// <param name="isXlmRoberta">Whether tokens are numbered as XLM-R's.</param>
    /// <param name="frame">Tokens before and after each text; null for those of the model.</param>
    /// <exception cref="InvalidDataException">The file is not a SentencePiece model.</exception>
    public static SentencePieceText Read(byte[] bytes, string file, bool isXlmRoberta, (int[] Opening, int[] Closing)? frame)
    {
        SentencePieceTokenizer tokenizer;
        try
        {
            tokenizer = SentencePieceTokenizer.Create(new MemoryStream(bytes), addBeginningOfSentence: false, addEndOfSentence: false);
        }
#pragma warning disable CA1031 // The reader of the tokenizer package fails in many ways, with an index that is out of range among them.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            throw new InvalidDataException(
                $"{file} is not a SentencePiece model ({MessageText.OneLine(cause.Message).TrimEnd('.')}); copy the file again from where the model is published.", cause);
        }

        (int[] opening, int[] closing) = frame ?? (isXlmRoberta ? ([XlmRobertaOpening], [XlmRobertaClosing]) : ([tokenizer.BeginningOfSentenceId], []));
        return new SentencePieceText(tokenizer, isXlmRoberta, opening, closing);
    }

    protected override void Append(string text, List<int> tokens, int end) =>
        tokens.AddRange(_tokenizer.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false).Select(Token));

    private int Token(int id) => !_isXlmRoberta ? id : id == _tokenizer.UnknownId ? XlmRobertaUnknown : id + 1;
}
