namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>What a model recommends to one user, best first.</summary>
/// <param name="User">The user, or null when there is only one.</param>
/// <param name="Items">Ids as text.</param>
/// <param name="Scores">Aligned with the items.</param>
internal sealed record Recommendations(string? User, IReadOnlyList<string> Items, IReadOnlyList<float> Scores);
