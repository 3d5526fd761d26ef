using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.Forward;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>The vectors of texts by the managed forward, which knows nothing of torch.</summary>
internal static class ManagedVectors
{
    public static float[][] Of(LanguageModelWeights weights, TextPooling pooling, int[][] tokens)
    {
        using var workspace = new Workspace(1);
        LanguageModel model = LanguageModel.Of(weights, 20, workspace);
        var batch = new TokenTexts(tokens);
        var vectors = new float[tokens.Length][];
        workspace.Run(batch.Count, new Work(model, batch, new TextPooler(weights, pooling), vectors));
        return [.. vectors.Select(vector => Array.ConvertAll(vector, value => (float)(value / Math.Sqrt(vector.Sum(x => (double)x * x)))))];
    }

    private readonly struct Work(LanguageModel model, TokenTexts texts, TextPooler pooler, float[][] vectors) : IWork
    {
        public unsafe void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            float* states = model.Run<TSimd, TVector>(texts, task, pooler.Pooling, arena);
            foreach (int text in texts.Texts(task))
            {
                int rows = pooler.Rows(texts.Tokens(text).Length);
                vectors[text] = pooler.Pool(rows, states);
                states += rows * model.Shape.Width;
            }
        }
    }
}
