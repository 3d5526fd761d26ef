namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>An input row with the item that came next.</summary>
internal sealed class LabeledHistory<T>
{
    public string UserId { get; set; } = "";

    public T[] Items { get; set; } = [];

    public T NextItem { get; set; } = default!;
}
