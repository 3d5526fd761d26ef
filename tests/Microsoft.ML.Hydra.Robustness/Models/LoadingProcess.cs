using Microsoft.ML.Hydra.Robustness.Cases;

namespace Microsoft.ML.Hydra.Robustness.Models;

/// <summary>Loads a model in a process of its own and uses it.</summary>
internal static class LoadingProcess
{
    /// <summary>First argument of the process.</summary>
    public const string Command = "child-load";

    /// <summary>The process itself; prints the verdict.</summary>
    public static int RunChild(string zip)
    {
        using HydraSequenceRecommendationTransformer model = new MLContext().SequenceRecommendation().LoadModel(zip);
        Console.WriteLine(ModelCheck.Use(model));
        return 0;
    }
}
