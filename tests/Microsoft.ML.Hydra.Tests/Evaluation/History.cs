namespace Microsoft.ML.Hydra.Tests.Evaluation;

/// <summary>A row of a test set.</summary>
internal sealed class History<T>
{
    public T[] Items { get; init; } = [];

    public T NextItem { get; init; } = default!;
}
