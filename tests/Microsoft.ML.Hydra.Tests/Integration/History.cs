namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>An input row.</summary>
internal sealed class History<T>
{
    public string UserId { get; set; } = "";

    public T[] Items { get; set; } = [];
}
