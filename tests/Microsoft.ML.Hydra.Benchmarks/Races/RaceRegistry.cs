namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>All races there are.</summary>
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
