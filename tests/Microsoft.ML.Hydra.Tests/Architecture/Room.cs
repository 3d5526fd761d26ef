namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>One room of the house.</summary>
/// <param name="Name">Last part of the namespace.</param>
/// <param name="Uses">The other rooms it may use.</param>
/// <param name="MayUseTorch">Whether it may use TorchSharp.</param>
/// <param name="MayUseMlNet">Whether it may use ML.NET.</param>
internal sealed record Room(string Name, string[] Uses, bool MayUseTorch, bool MayUseMlNet)
{
    public override string ToString() => Name;
}
