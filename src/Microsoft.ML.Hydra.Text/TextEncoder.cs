using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text;

/// <summary>
/// Turns texts into vectors of length 1 with a language model, so that texts with a like meaning have vectors with a high product. May be used by any
/// number of threads at once. A vector depends on its text alone, not on the texts that are encoded with it.
/// </summary>
public abstract class TextEncoder : IDisposable
{
    private protected TextEncoder()
    {
    }

    /// <summary>Numbers of a vector.</summary>
    public abstract int Dimension { get; }

    /// <summary>
    /// 64 lower-case hexadecimal digits, the SHA-256 of all that a vector depends on besides its text: weights, tokenizer and options. Encoders with the
    /// same identity give the same vectors on the same machine.
    /// </summary>
    public abstract string Identity { get; }

    /// <summary>
    /// Reads a language model in the layout of Hugging Face: <c>config.json</c>, <c>model.safetensors</c> (or the files that
    /// <c>model.safetensors.index.json</c> names), and <c>tokenizer.json</c>, <c>vocab.txt</c>, <c>tokenizer.model</c> or <c>sentencepiece.bpe.model</c>.
    /// BERT, RoBERTa, XLM-R, Llama, Qwen2 and Qwen3, with weights of float32, float16 or bfloat16. It is computed in managed code, in float32 on the CPU.
    /// </summary>
    /// <param name="directory">The folder; also one that <c>recommendation.Text.Tune</c> wrote. It is read here and not needed afterwards.</param>
    /// <param name="options">How texts are read; null for the defaults, or for what a tuned folder states.</param>
    /// <returns>The encoder.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing, is damaged, or describes a model that is not supported.</exception>
    public static TextEncoder FromFolder(string directory, TextEncoderOptions? options = null) =>
        new FolderEncoder(LanguageModelFolder.Read(directory), options);

    /// <summary>Uses a BERT in ONNX Runtime.</summary>
    /// <remarks>
    /// The package references the managed part of ONNX Runtime only; the application references the native one, such as <c>Microsoft.ML.OnnxRuntime</c>. The graph reads
    /// <c>input_ids</c> and, where it has them, <c>attention_mask</c> and <c>token_type_ids</c> (Int64 [texts, tokens]), and gives Single [texts, tokens, d], or
    /// [texts, d] where it pools itself. A model that is saved with ML.NET cannot hold such an encoder.
    /// </remarks>
    /// <param name="modelPath">The ONNX file; weights in other files lie beside it.</param>
    /// <param name="vocabularyPath">The <c>vocab.txt</c> of the model, a word piece a line. Texts are read in lower case where no word piece has a capital letter.</param>
    /// <param name="options">How texts are read; <see cref="TextPooling.ItemToken"/> is not possible, and <see cref="TextPooling.Automatic"/> is the mean of the tokens.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the graph has other inputs or outputs.</exception>
    /// <exception cref="InvalidOperationException">The application has no native ONNX Runtime.</exception>
    /// <exception cref="ArgumentException">The pooling is not possible.</exception>
    public static TextEncoder FromOnnx(string modelPath, string vocabularyPath, TextEncoderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentException.ThrowIfNullOrEmpty(vocabularyPath);
        return new OnnxEncoder(modelPath, vocabularyPath, options ?? new TextEncoderOptions());
    }

    /// <summary>Uses embeddings of any provider.</summary>
    /// <param name="generator">The provider's generator, which may be called by several threads at once. It is not disposed with the encoder.</param>
    /// <param name="name">
    /// Names the model with all that changes its vectors, such as "text-embedding-3-small, 512". It is the <see cref="Identity"/>: caches keep the vectors of
    /// a name, so another model needs another name.
    /// </param>
    /// <returns>An encoder that divides each vector by its length.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static TextEncoder From(IEmbeddingGenerator<string, Embedding<float>> generator, string name)
    {
        ArgumentNullException.ThrowIfNull(generator);
        if (string.IsNullOrWhiteSpace(name))
        {
            throw new ArgumentException($"{nameof(name)} is empty; name the model and its settings, as caches keep the vectors of a name.", nameof(name));
        }

        return new GeneratorEncoder(generator, name);
    }

    /// <summary>Encodes texts; takes memory for all vectors, and time for each different text once.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>
    /// A vector of <see cref="Dimension"/> numbers and length 1 for each text, in their order. All numbers are NaN, "not known", for a text without a letter
    /// or a digit. Equal texts have vectors of their own.
    /// </returns>
    /// <exception cref="ArgumentException">A text is null.</exception>
    /// <exception cref="ObjectDisposedException">The encoder was disposed.</exception>
    public float[][] Encode(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var different = new List<string>();
        for (int i = 0; i < texts.Count; i++)
        {
            string text = texts[i] ?? throw new ArgumentException(
                FormattableString.Invariant($"Text {i} of {texts.Count} is null; give an empty text where nothing is known."), nameof(texts));
            if (SaysSomething(text) && places.TryAdd(text, different.Count))
            {
                different.Add(text);
            }
        }

        float[][] vectors = different.Count == 0 ? [] : EncodeDifferent(different);
        foreach (float[] vector in vectors)
        {
            Normalize(vector);
        }

        var results = new float[texts.Count][];
        var isTaken = new bool[vectors.Length];
        for (int i = 0; i < results.Length; i++)
        {
            if (!places.TryGetValue(texts[i], out int place))
            {
                results[i] = Unknown();
            }
            else
            {
                results[i] = isTaken[place] ? (float[])vectors[place].Clone() : vectors[place];
                isTaken[place] = true;
            }
        }

        return results;
    }

    /// <summary>Frees the memory of the model. Calls that are running finish first.</summary>
    public abstract void Dispose();

    /// <summary>Whether a text has a letter or a digit.</summary>
    internal static bool SaysSomething(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A vector of any length for each text; all texts are different and say something.</summary>
    private protected abstract float[][] EncodeDifferent(IReadOnlyList<string> texts);

    private float[] Unknown()
    {
        var vector = new float[Dimension];
        vector.AsSpan().Fill(float.NaN);
        return vector;
    }

    // A vector of zeros has no direction, so it becomes "not known" (0 / 0).
    private static void Normalize(float[] vector)
    {
        double squares = 0;
        foreach (float value in vector)
        {
            squares += (double)value * value;
        }

        double length = Math.Sqrt(squares);
        foreach (ref float value in vector.AsSpan())
        {
            value = (float)(value / length);
        }
    }
}
