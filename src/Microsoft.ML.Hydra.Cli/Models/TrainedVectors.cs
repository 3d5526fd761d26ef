using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>
/// The vectors of words among the numbers that a model was trained with. They are known by their names, which begin with the identity of the encoder.
/// </summary>
/// <param name="Identity">The first digits of the encoder's identity.</param>
/// <param name="Dimension">Numbers of a vector.</param>
internal sealed partial record TrainedVectors(string Identity, int Dimension)
{
    /// <summary>The vectors of a model; null where it was trained without an encoder.</summary>
    /// <param name="model">The model.</param>
    public static TrainedVectors? Of(HydraModelParameters model)
    {
        Match[] matches = [.. model.ItemFeatureSlotNames.Select(name => Name().Match(name)).Where(match => match.Success)];
        return matches.Length == 0 ? null : new TrainedVectors(matches[0].Groups[1].Value, matches.Length);
    }

    /// <summary>The names of the other numbers of a model.</summary>
    public static IReadOnlyList<string> OtherNames(HydraModelParameters model) => [.. model.ItemFeatureSlotNames.Where(name => !Name().IsMatch(name))];

    [GeneratedRegex("^text ([0-9a-f]{12}) [0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
