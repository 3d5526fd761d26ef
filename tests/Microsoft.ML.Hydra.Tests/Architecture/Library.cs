using Mono.Cecil;

namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>The compiled library, read for its types and not loaded.</summary>
internal sealed class Library : IDisposable
{
    private readonly AssemblyDefinition _assembly = AssemblyDefinition.ReadAssembly(typeof(SequenceRecommendationCatalog).Assembly.Location);

    /// <summary>Every type that has a room, nested and compiler-generated ones included.</summary>
    public IEnumerable<TypeDefinition> Types => _assembly.MainModule.GetTypes().Where(type => RoomOf(type) is not null);

    /// <summary>What a type uses: itself, the types around it and the compiler's own are left out.</summary>
    public static IEnumerable<TypeReference> UsedBy(TypeDefinition type) =>
        TypeReferences.Of(type).Where(used => Outermost(used).FullName != Outermost(type).FullName || IsValueInsideDoor(used));

    /// <summary>The room of a type of the library; <see langword="null"/> for all other types.</summary>
    public static string? RoomOf(TypeReference type)
    {
        if (!IsOfLibrary(type))
        {
            return null;
        }

        TypeReference outer = Outermost(type);
        if (outer.Namespace.StartsWith(House.Root + ".", StringComparison.Ordinal))
        {
            return outer.Namespace[(House.Root.Length + 1)..];
        }

        return House.DoorTypes.Contains(outer.FullName) && !IsValueInsideDoor(type) ? House.Doors :
            outer.Namespace == House.Root ? House.Values : null;
    }

    /// <summary>Name of the assembly that a type is from.</summary>
    public static string AssemblyOf(TypeReference type) => type.Scope switch
    {
        ModuleDefinition module => module.Assembly.Name.Name,
        IMetadataScope scope => scope.Name,
    };

    /// <summary>The type that a nested type lies in at the last.</summary>
    public static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is { } declaring)
        {
            type = declaring;
        }

        return type;
    }

    public void Dispose() => _assembly.Dispose();

    private static bool IsOfLibrary(TypeReference type) => AssemblyOf(type) == House.LibraryAssembly;

    private static bool IsValueInsideDoor(TypeReference type)
    {
        for (TypeReference? t = type; t is not null; t = t.DeclaringType)
        {
            if (House.ValuesInsideDoors.Contains(t.FullName))
            {
                return true;
            }
        }

        return false;
    }
}
