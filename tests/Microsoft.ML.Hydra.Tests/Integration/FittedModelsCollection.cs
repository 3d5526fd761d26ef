using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Ties <see cref="FittedModels"/> to its tests.</summary>
[CollectionDefinition(FittedModels.Collection)]
public sealed class FittedModelsCollection : ICollectionFixture<FittedModels>
{
}
