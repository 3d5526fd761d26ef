using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tests.Persistence;
using Mono.Cecil;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

/// <summary>An ML.NET that lacks a member is noticed at the first use, in one sentence with both versions.</summary>
public sealed class MlNetMembersTests
{
    private const long Small = 4 << 20;

    private static readonly Assembly s_core = typeof(ModelSaveContext).Assembly;

    [Fact]
    public void The_tested_version_lacks_nothing() => Assert.Null(MlNetMembers.FindProblem(s_core));

    [Fact]
    public void Every_member_that_the_library_uses_and_that_is_not_public_is_looked_for()
    {
        using AssemblyDefinition library = AssemblyDefinition.ReadAssembly(typeof(MlNetMembers).Assembly.Location);
        using AssemblyDefinition core = AssemblyDefinition.ReadAssembly(s_core.Location);
        string[] used =
        [
            .. from reference in library.MainModule.GetMemberReferences()
               where reference.DeclaringType.Scope.Name == MlNetMembers.AssemblyName
               let type = core.MainModule.GetType(reference.DeclaringType.FullName)
               let isPublic = reference is MethodReference method
                   ? type.Methods.First(m => m.Name == method.Name && m.Parameters.Count == method.Parameters.Count).IsPublic
                   : type.Fields.First(f => f.Name == reference.Name).IsPublic
               where !(isPublic && IsVisible(type))
               select $"{type.FullName.Replace('/', '+')}::{reference.Name}({string.Join(",", (reference as MethodReference)?.Parameters.Select(p => p.ParameterType.Name) ?? [])})",
        ];

        Assert.NotEmpty(used);
        Assert.Empty(used.Except(MlNetMembers.All.Select(m => $"{m.Type}::{m.Name}({string.Join(",", m.Parameters)})")));
    }

    [Theory]
    [InlineData("Microsoft.ML.ModelSaveContext", "SaveBinaryStream")]
    [InlineData("Microsoft.ML.ModelLoadContext", "TryLoadBinaryStream")]
    [InlineData("Microsoft.ML.VersionInfo", ".ctor")]
    [InlineData("Microsoft.ML.ModelSaveContext", "Writer")]
    [InlineData("Microsoft.ML.Runtime.ICancelable", null)]
    public void A_member_that_is_gone_is_named(string type, string? member)
    {
        using var folder = new TemporaryDirectory();
        WriteWithout(type, member, folder["Microsoft.ML.Core.dll"]);
        var context = new AssemblyLoadContext(member, isCollectible: true);
        string? problem = MlNetMembers.FindProblem(context.LoadFromStream(new MemoryStream(File.ReadAllBytes(folder["Microsoft.ML.Core.dll"]))));
        context.Unload();

        Assert.StartsWith(
            $"Microsoft.ML.Hydra 0.1.0 was tested with Microsoft.ML 5.0.1, but this process loaded Microsoft.ML.Core 5.0.1, which has no {type}{(member is null ? null : $".{member}(")}", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem!);
    }

    [Theory]
    [InlineData(SecondProcess.WithTorch, "train", "1")]
    [InlineData(SecondProcess.WithoutTorch, "model-v1.zip", "model-v1.json")]
    public async Task The_first_use_in_a_process_says_so(string name, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        foreach (FileSystemInfo entry in new DirectoryInfo(SecondProcess.Folder(name)).EnumerateFileSystemInfos())
        {
            if (entry is FileInfo { Length: < Small } file)
            {
                file.CopyTo(folder[entry.Name]);
            }
            else
            {
                File.CreateSymbolicLink(folder[entry.Name], entry.FullName);
            }
        }

        WriteWithout("Microsoft.ML.ModelSaveContext", "SaveBinaryStream", folder["Microsoft.ML.Core.dll"]);
        string[] given = [.. arguments.Select(argument => Path.Combine(AppContext.BaseDirectory, "Golden", argument) is string path && File.Exists(path) ? path : argument)];
        using Process process = Process.Start(new ProcessStartInfo(SecondProcess.Host(), [folder[name + ".dll"], .. given])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.NotEqual(0, process.ExitCode);
        Assert.Empty(await output);
        Assert.Contains("was tested with Microsoft.ML 5.0.1, but this process loaded Microsoft.ML.Core 5.0.1, which has no Microsoft.ML.ModelSaveContext.SaveBinaryStream(String, Action`1)", error, StringComparison.Ordinal);
    }

    private static bool IsVisible(TypeDefinition type) => type.IsPublic || (type.IsNestedPublic && IsVisible(type.DeclaringType));

    // The member, or the type where it is null, under another name.
    private static void WriteWithout(string type, string? member, string path)
    {
        using AssemblyDefinition core = AssemblyDefinition.ReadAssembly(s_core.Location);
        TypeDefinition found = core.MainModule.GetType(type);
        if (member is null)
        {
            found.Name += "Renamed";
        }
        else if (found.Fields.FirstOrDefault(f => f.Name == member) is FieldDefinition field)
        {
            field.Name += "Renamed";
        }
        else
        {
            foreach (MethodDefinition method in found.Methods.Where(m => m.Name == member))
            {
                if (member == ".ctor")
                {
                    method.Parameters.RemoveAt(0);
                    method.Body.Instructions.Clear();
                    method.Body.GetILProcessor().Emit(Mono.Cecil.Cil.OpCodes.Ret);
                }
                else
                {
                    method.Name += "Renamed";
                }
            }
        }

        File.Delete(path);
        core.Write(path);
    }
}
