using Microsoft.ML;
using Microsoft.ML.Hydra;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(HydraSequenceRecommendationTransformer),
    typeof(HydraModelLoader),
    null,
    typeof(SignatureLoadModel),
    "Hydra sequence recommendation",
    MlNetModel.LoaderSignature)]

namespace Microsoft.ML.Hydra.Interop;

/// <summary>What <c>mlContext.Model.Load</c> calls for a model of this library; found by the attribute above.</summary>
internal static class HydraModelLoader
{
    /// <summary>Loads the transformer. ML.NET knows this method by its name and its parameters.</summary>
    /// <param name="env">The environment of the new transformer.</param>
    /// <param name="ctx">The model in the zip.</param>
    internal static HydraSequenceRecommendationTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        try
        {
            return HydraSequenceRecommendationTransformer.Load(env, MlNetModel.Open(ctx));
        }
        catch (InvalidDataException e)
        {
            // Without a parser's exception inside: the innermost exception is the one that a user looks at.
            var plain = new InvalidDataException(e.Message);
            env.Process(plain);
            throw plain;
        }
        catch (Exception e)
        {
            // ML.NET wraps what a loader throws: a processed exception in an InvalidOperationException, another one in that of reflection.
            env.Process(e);
            throw;
        }
    }
}
