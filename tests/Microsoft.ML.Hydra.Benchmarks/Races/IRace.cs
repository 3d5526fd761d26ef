using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>A measurement with a name of its own on the command line. Every class of this kind is found by itself.</summary>
internal interface IRace
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>What is measured, in a sentence.</summary>
    string Description { get; }

    /// <summary>Measures.</summary>
    /// <param name="settings">Sizes, threads and rounds.</param>
    /// <param name="output">Receives a short table for a human reader.</param>
    /// <returns>The figures.</returns>
    JsonObject Run(RaceSettings settings, TextWriter output);
}
