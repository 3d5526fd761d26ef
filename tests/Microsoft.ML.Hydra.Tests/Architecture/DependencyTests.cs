using Mono.Cecil;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>Holds the compiled code to the arrows of <see cref="House"/>.</summary>
public sealed class DependencyTests : IDisposable
{
    private readonly Library _library = new();

    public void Dispose() => _library.Dispose();

    [Fact]
    public void The_table_has_every_room_and_no_circle()
    {
        var order = new List<string>();
        while (House.Rooms.FirstOrDefault(r => !order.Contains(r.Name) && r.Uses.All(order.Contains)) is { } next)
        {
            order.Add(next.Name);
        }

        Assert.Equal(House.Rooms.Select(r => r.Name).Except(order), []);
        Assert.Equal(
            House.Rooms.Select(r => r.Name).Order(StringComparer.Ordinal),
            _library.Types.Select(Library.RoomOf).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rooms_use_only_the_rooms_that_the_table_allows()
    {
        string[] offences =
        [
            .. from type in _library.Types
               from used in Library.UsedBy(type)
               let room = Library.RoomOf(type)
               let other = Library.RoomOf(used)
               where other is not null && other != room && other != House.Values
               where !House.Named(room).Uses.Contains(other) && !IsException(type, used)
               select Arrow(type, used),
        ];

        Assert.True(offences.Length == 0, Report(offences));
    }

    [Fact]
    public void Every_listed_exception_is_still_there()
    {
        Assert.All(House.Exceptions, exception => Assert.Contains(
            _library.Types, type => Library.UsedBy(type).Any(used => Matches(exception, type, used))));
    }

    [Fact]
    public void TorchSharp_and_MlNet_are_used_only_where_the_table_allows()
    {
        string[] offences =
        [
            .. from type in _library.Types
               let room = House.Named(Library.RoomOf(type)!)
               from used in Library.UsedBy(type)
               where (IsTorch(used) && !room.MayUseTorch) || (IsMlNet(used) && !room.MayUseMlNet)
               where !IsException(type, used)
               select Arrow(type, used),
        ];

        Assert.True(offences.Length == 0, Report(offences));
    }

    [Fact]
    public void Only_Interop_loads_native_code()
    {
        string[] natives =
        [
            "System.Runtime.InteropServices.NativeLibrary",
            "System.Runtime.InteropServices.LibraryImportAttribute",
            "System.Runtime.Loader.AssemblyLoadContext",
        ];
        TypeDefinition[] loaders =
        [
            .. from type in _library.Types
               where type.Methods.Any(method => method.IsPInvokeImpl) || TypeReferences.Of(type).Any(used => natives.Contains(used.FullName))
               select type,
        ];

        Assert.NotEmpty(loaders);
        Assert.All(loaders, type => Assert.True(Library.RoomOf(type) == "Interop", $"{type.FullName} loads native code; move that to Interop."));
    }

    private static bool IsTorch(TypeReference type) => Library.AssemblyOf(type).StartsWith("TorchSharp", StringComparison.Ordinal);

    private static bool IsMlNet(TypeReference type) =>
        Library.AssemblyOf(type) is var assembly && assembly != House.LibraryAssembly
        && (assembly == "Microsoft.ML" || assembly.StartsWith("Microsoft.ML.", StringComparison.Ordinal));

    private static bool IsException(TypeReference type, TypeReference used) => House.Exceptions.Any(exception => Matches(exception, type, used));

    private static bool Matches((string From, string To, string Reason) exception, TypeReference type, TypeReference used) =>
        exception.From == Library.Outermost(type).FullName && exception.To == used.FullName;

    private static string Arrow(TypeReference type, TypeReference used) =>
        $"{type.FullName} → {used.FullName}, but {Library.RoomOf(type)} may use: {string.Join(", ", Allowed(House.Named(Library.RoomOf(type)!)))}";

    private static IEnumerable<string> Allowed(Room room) =>
        [.. room.Uses, .. room.MayUseTorch ? ["TorchSharp"] : Array.Empty<string>(), .. room.MayUseMlNet ? ["ML.NET"] : Array.Empty<string>(), House.Values];

    private static string Report(IReadOnlyList<string> offences) =>
        $"{offences.Count} arrows are not in the table of House.cs:{Environment.NewLine}{string.Join(Environment.NewLine, offences.Distinct())}";
}
