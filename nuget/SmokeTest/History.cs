using Microsoft.ML.Data;

/// <summary>The items of one user, oldest first.</summary>
internal sealed class History
{
    [VectorType]
    public string[] Items { get; set; } = [];
}
