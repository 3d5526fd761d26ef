using Xunit;

namespace Microsoft.ML.Hydra.Tests;

/// <summary>Tests that look at state of the whole process: they run one by one, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "Alone";
}
