namespace GettingStarted;

/// <summary>What the model is asked with.</summary>
internal sealed class CustomerHistory
{
    public string UserId { get; set; } = "";

    public string[] Items { get; set; } = [];

    public string NextItem { get; set; } = "";
}
