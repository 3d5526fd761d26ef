using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Architecture;

/// <summary>What the package shows and what it keeps.</summary>
public sealed class SurfaceTests
{
    private const string Root = "Microsoft.ML.Hydra.Text";
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] s_types = typeof(ItemTextCatalog).Assembly.GetTypes();

    [Fact]
    public void Only_the_root_namespace_is_public()
    {
        string[] found = [.. s_types.Where(type => type.IsVisible && type.Namespace is not (Root or "Microsoft.ML")).Select(type => type.FullName!)];

        Assert.True(found.Length == 0, $"Public outside {Root}: {string.Join(", ", found)}; make them internal.");
    }

    [Fact]
    public void Nobody_outside_derives_from_a_public_class()
    {
        string[] found =
        [
            .. from type in s_types
               where type is { IsVisible: true, IsClass: true, IsSealed: false }
               where type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(constructor => constructor is { IsPublic: true } or { IsFamily: true } or { IsFamilyOrAssembly: true })
               select type.FullName!,
        ];

        Assert.True(found.Length == 0, $"Public and open to inheritance: {string.Join(", ", found)}; seal them or make their constructors private protected.");
    }

    [Fact]
    public void There_is_no_static_state()
    {
        string[] found =
        [
            .. from type in s_types
               where !type.IsDefined(typeof(CompilerGeneratedAttribute))
               from field in type.GetFields(Statics)
               where !field.IsLiteral && !field.IsInitOnly && !field.IsDefined(typeof(CompilerGeneratedAttribute))
               select $"{type.FullName}.{field.Name}",
        ];

        Assert.True(found.Length == 0, $"Static and not readonly: {string.Join(", ", found)}.");
    }

    [Fact]
    public void The_core_library_does_not_reference_the_package_and_no_native_library_comes_with_it()
    {
        Assert.DoesNotContain(typeof(SequenceRecommendationCatalog).Assembly.GetReferencedAssemblies(), name => name.Name == Root);
        Assert.DoesNotContain(
            typeof(SequenceRecommendationCatalog).Assembly.GetReferencedAssemblies(), name => name.Name!.Contains("Onnx", StringComparison.Ordinal) || name.Name.Contains("Tokenizers", StringComparison.Ordinal));
    }
}
