using System.Reflection;
using System.Xml.Linq;
using Microsoft.ML.Hydra.Interop;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

public sealed class PublicizerTests
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Assembly MlNet = typeof(SchemaShape).Assembly;

    [Fact]
    public void Every_listed_member_exists_and_is_not_public_in_the_genuine_assembly()
    {
        string[] listed = ListedMembers();
        Assert.Equal(12, listed.Length);

        foreach (string entry in listed)
        {
            string[] parts = entry.Split("::");
            Type? type = MlNet.GetType(parts[0].Replace('/', '+'));
            Assert.True(type is not null, $"{entry} does not exist.");
            if (parts.Length == 1)
            {
                Assert.False(type.IsVisible, $"{entry} is public: it need not be listed.");
                continue;
            }

            MemberInfo[] members = type.GetMember(parts[1], Declared);
            Assert.True(members.Length > 0, $"{entry} does not exist.");
            Assert.Contains(members, member => member is MethodBase { IsPublic: false } or FieldInfo { IsPublic: false });
        }
    }

    [Fact]
    public void The_library_refers_to_the_genuine_assembly_and_asks_the_runtime_to_open_it()
    {
        Assembly library = typeof(HostFacts).Assembly;

        AssemblyName reference = Assert.Single(library.GetReferencedAssemblies(), name => name.Name == "Microsoft.ML.Core");

        Assert.Equal(MlNet.FullName, reference.FullName);
        Assert.NotEmpty(reference.GetPublicKeyToken()!);
        Assert.Equal("Microsoft.ML.Core", Assert.Single(library.GetCustomAttributesData(), data =>
            data.AttributeType.FullName == "System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute").ConstructorArguments[0].Value);
    }

    [Fact]
    public void Only_Interop_touches_what_is_not_public()
    {
        string[] listed = ListedMembers();
        using AssemblyDefinition library = AssemblyDefinition.ReadAssembly(typeof(HostFacts).Assembly.Location);

        string[] found =
        [
            .. from type in library.MainModule.GetTypes()
               where !type.FullName.StartsWith("Microsoft.ML.Hydra.Interop.", StringComparison.Ordinal)
               from method in type.Methods
               where method.HasBody
               from instruction in method.Body.Instructions
               where instruction.Operand is MemberReference used && IsListed(used, listed)
               select $"{method.FullName} uses {((MemberReference)instruction.Operand).FullName}",
        ];

        Assert.Empty(found);
    }

    private static bool IsListed(MemberReference used, string[] listed) => used is TypeReference
        ? listed.Contains(used.FullName)
        : listed.Contains(used.DeclaringType.FullName) || listed.Contains($"{used.DeclaringType.FullName}::{used.Name}");

    private static string[] ListedMembers()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "eng", "Publicizer.Members.props")))
        {
            folder = folder.Parent;
        }

        Assert.True(folder is not null, "The tests run outside of the repository: eng/Publicizer.Members.props was not found.");
        return [.. XDocument.Load(Path.Combine(folder.FullName, "eng", "Publicizer.Members.props"))
            .Descendants("PublicizedMember").Select(member => member.Attribute("Include")!.Value)];
    }
}
