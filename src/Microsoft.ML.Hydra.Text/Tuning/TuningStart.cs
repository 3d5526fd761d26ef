using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Hydra.Text.Tokenizers;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>The encoder that a tuning starts from: the given one, with the pooling of the options and, where that needs it, a vector <c>[ITEM]</c>.</summary>
internal static class TuningStart
{
    /// <exception cref="ArgumentException">The options do not fit the encoder.</exception>
    public static FolderEncoder Of(FolderEncoder encoder, TextTuningOptions options)
    {
        TextPooling pooling = options.Pooling == TextPooling.Automatic ? encoder.Settings.Pooling : options.Pooling;
        LanguageModelWeights weights = encoder.Folder.Weights;
        if (pooling == TextPooling.ItemToken && !weights.Tensors.ContainsKey(LanguageModelWeights.ItemToken))
        {
            if (options.Tuning != TextTuning.Full)
            {
                throw new ArgumentException(
                    $"Pooling = ItemToken needs a vector [ITEM], which the encoder does not have and {nameof(options.Tuning)} = {options.Tuning} does not train; set {nameof(options.Tuning)} = Full, or another pooling.");
            }

            weights = WithItemToken(encoder.Folder);
        }

        return weights == encoder.Folder.Weights && pooling == encoder.Settings.Pooling
            ? encoder
            : new FolderEncoder(encoder.Folder.With(weights, encoder.Settings with { Pooling = pooling }), null);
    }

    // [ITEM] starts as the vector of the token that it stands for or follows; as the mean of all where the tokenizer closes a text with none.
    private static LanguageModelWeights WithItemToken(LanguageModelFolder folder)
    {
        int width = folder.Shape.Width;
        float[] words = folder.Weights.Tensors.First(tensor => TunableModel.IsWordTable(tensor.Key)).Value.Values<float>();
        IReadOnlyList<int> closing = TokenizerFiles.Read(folder.Files, folder.Directory, folder.Shape.ModelType).Closing;
        var item = new float[width];
        for (int i = 0; i < width; i++)
        {
            item[i] = closing.Count > 0 ? words[closing[^1] * width + i] : (float)Enumerable.Range(0, words.Length / width).Average(word => (double)words[word * width + i]);
        }

        Dictionary<string, NamedTensor> tensors = folder.Weights.Tensors.ToDictionary(StringComparer.Ordinal);
        tensors.Add(LanguageModelWeights.ItemToken, new NamedTensor(LanguageModelWeights.ItemToken, [width], item));
        return new LanguageModelWeights(folder.Shape, tensors);
    }
}
