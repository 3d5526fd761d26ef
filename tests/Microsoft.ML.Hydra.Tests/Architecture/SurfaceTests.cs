using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>What the library shows and what it keeps.</summary>
public sealed class SurfaceTests
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] Types = typeof(SequenceRecommendationCatalog).Assembly.GetTypes();

    [Fact]
    public void Only_the_root_namespace_is_public()
    {
        string[] found = [.. Types.Where(t => t.IsVisible && t.Namespace is not (House.Root or "Microsoft.ML")).Select(t => t.FullName!)];

        Assert.True(found.Length == 0, $"Public outside {House.Root}: {string.Join(", ", found)}; make them internal.");
    }

    [Fact]
    public void Public_classes_are_sealed()
    {
        string[] found = [.. Types.Where(t => t is { IsVisible: true, IsClass: true, IsSealed: false }).Select(t => t.FullName!)];

        Assert.True(found.Length == 0, $"Public and open to inheritance: {string.Join(", ", found)}; seal them.");
    }

    [Fact]
    public void There_is_no_static_state_outside_Interop()
    {
        string[] found =
        [
            .. from type in Types
               where !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Namespace != House.Root + ".Interop"
               from field in type.GetFields(Statics)
               where !field.IsLiteral && !field.IsInitOnly && !field.IsDefined(typeof(CompilerGeneratedAttribute))
               select $"{type.FullName}.{field.Name}",
        ];

        Assert.True(found.Length == 0, $"Static and not readonly: {string.Join(", ", found)}.");
    }

    [Fact]
    public void No_static_property_can_be_set_and_no_public_static_can_be_changed()
    {
        string[] settable =
        [
            .. from type in Types
               from property in type.GetProperties(Statics)
               where property.CanWrite
               select $"{type.FullName}.{property.Name}",
        ];
        string[] exposed =
        [
            .. from type in Types
               where type.IsVisible
               from field in type.GetFields(Statics)
               where field.IsPublic && !field.IsLiteral
               select $"{type.FullName}.{field.Name}",
        ];

        Assert.True(settable.Length == 0, $"Static properties with a setter: {string.Join(", ", settable)}.");
        Assert.True(exposed.Length == 0, $"Public static fields that are no constants: {string.Join(", ", exposed)}.");
    }
}
