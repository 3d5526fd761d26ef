using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Asks before the first epoch whether the model can be saved after the last one.</summary>
internal static class SaveCheck
{
    /// <summary>
    /// Refuses a <see cref="TrainerOptions.SaveDirectory"/> that cannot take the model. Without one it is not known whether the model will be saved at all:
    /// a temporary folder that is too small for ML.NET is a warning.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="vocabulary">The items.</param>
    /// <param name="temporaryFolder">Where ML.NET writes a model first.</param>
    /// <param name="warn">Receives the warning.</param>
    /// <exception cref="InvalidOperationException">The directory cannot take the model.</exception>
    public static void Run(ResolvedOptions options, ItemVocabulary vocabulary, string temporaryFolder, Action<string> warn)
    {
        long bytes = SizeOf(options, vocabulary);
        if (options.All.SaveDirectory is string directory)
        {
            if (SavePlace.FindProblem(directory, bytes, isCompressed: true) is string problem)
            {
                throw new InvalidOperationException(
                    $"The model could not be saved after training: SaveDirectory '{directory}' {problem}; free space there, or choose another directory.");
            }
        }
        else if (SavePlace.FindProblem(temporaryFolder, bytes, isCompressed: false) is string problem)
        {
            warn($"mlContext.Model.Save could not save this model: ML.NET writes it to the folder '{temporaryFolder}' first, which {problem}. "
                + "Set MLContext.TempFilePath, or the environment variable TMPDIR, to another folder, or save with the transformer's own Save, which needs no such folder.");
        }
    }

    // Weights, ids and counts; a prior is not known yet.
    private static long SizeOf(ResolvedOptions options, ItemVocabulary vocabulary)
    {
        using var digest = new ContentDigest();
        return (sizeof(float) * options.SizesFor(vocabulary.Count).NumberOfParameters) + digest.Add(vocabulary.Write) + (sizeof(int) * (long)vocabulary.Count);
    }
}
