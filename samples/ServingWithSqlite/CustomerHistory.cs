namespace ServingWithSqlite;

/// <summary>What the model is trained on: a customer's clicks, oldest first.</summary>
internal sealed class CustomerHistory
{
    public string[] Items { get; set; } = [];
}
