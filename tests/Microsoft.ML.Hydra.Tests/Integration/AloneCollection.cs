using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Tests that count what belongs to the whole process run when no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection : ICollectionFixture<FittedModels>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "Alone";
}
