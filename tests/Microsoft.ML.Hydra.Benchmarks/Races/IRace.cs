using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>A measurement with a name on the command line. Every class that implements this is found by reflection.</summary>
internal interface IRace
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>What is measured, in one sentence.</summary>
    string Description { get; }

    /// <summary>Measures.</summary>
    /// <param name="settings">Sizes, threads and rounds.</param>
    /// <param name="output">Receives a short table for a human reader.</param>
    /// <returns>The figures.</returns>
    JsonObject Run(RaceSettings settings, TextWriter output);
}

/// <summary>The settings of a race, from the command line.</summary>
/// <param name="Length">L: events of a sequence.</param>
/// <param name="Dimension">d: width of the model.</param>
/// <param name="Threads">Threads of each side.</param>
/// <param name="Rounds">Measured rounds.</param>
/// <param name="Side">The side whose memory to measure in this process; null to race.</param>
internal sealed record RaceSettings(int Length, int Dimension, int Threads, int Rounds, RaceSide? Side = null)
{
    private const int LengthOfRehearsal = 16;

    /// <summary>Whether only one short sequence is run, so that all code is compiled and loaded.</summary>
    public bool IsRehearsal { get; private init; }

    /// <summary>The same race with as little data as possible.</summary>
    public RaceSettings Rehearsal => this with { Length = LengthOfRehearsal, IsRehearsal = true };
}

/// <summary>One of the two sides of a race.</summary>
internal enum RaceSide
{
    /// <summary>Hydra.</summary>
    Ours,

    /// <summary>The implementation that Hydra is compared with.</summary>
    Peer,
}

/// <summary>All races.</summary>
internal static class RaceRegistry
{
    /// <summary>An instance of every race class, by name.</summary>
    public static IReadOnlyList<IRace> All { get; } =
    [
        .. from type in typeof(IRace).Assembly.GetTypes()
           where type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IRace))
           let race = (IRace)Activator.CreateInstance(type)!
           orderby race.Name
           select race,
    ];
}
