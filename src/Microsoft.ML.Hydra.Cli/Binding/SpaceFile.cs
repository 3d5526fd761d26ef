namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>Reads a search space from a JSON file.</summary>
internal static class SpaceFile
{
    /// <summary>The space of a search.</summary>
    /// <param name="path">Its file; null for the usual one.</param>
    /// <param name="usual">The usual space.</param>
    /// <param name="fixedOptions">Names of options that are left out of either.</param>
    /// <exception cref="UserErrorException">The file is missing or holds no search space.</exception>
    public static HydraSearchSpace ReadOr(string? path, HydraSearchSpace usual, IEnumerable<string> fixedOptions) =>
        fixedOptions.Aggregate(path is null ? usual : Read(path), (space, name) => space.Without(name));

    /// <exception cref="UserErrorException">The file is missing or holds no search space.</exception>
    public static HydraSearchSpace Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"The search space file '{path}' does not exist.");
        }

        try
        {
            return HydraSearchSpace.FromJson(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: {Failure.Describe(exception)}", exception);
        }
    }
}
