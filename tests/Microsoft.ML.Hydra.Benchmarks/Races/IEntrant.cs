namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>One side of a race, with its inputs ready.</summary>
internal interface IEntrant : IDisposable
{
    /// <summary>Trained weights; 0 where there are none.</summary>
    long Parameters => 0;

    /// <summary>Does the work once.</summary>
    void Run();
}
