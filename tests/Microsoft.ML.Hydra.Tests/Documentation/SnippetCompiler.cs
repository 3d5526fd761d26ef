using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Documentation;

/// <summary>Compiles code as the SDK compiles a new console project: top-level statements, nullable, implicit usings.</summary>
internal static class SnippetCompiler
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>Writes the compiled program to a file; fails the test with the compiler's messages if there is an error.</summary>
    public static void Compile(string code, string file)
    {
        EmitResult result = Compilation(code, Path.GetFileNameWithoutExtension(file)).Emit(file);
        Assert.True(result.Success, Messages(result.Diagnostics, code));
    }

    /// <summary>Fails the test with the compiler's messages if the code has an error.</summary>
    public static void Check(string code)
    {
        using var nowhere = new MemoryStream();
        EmitResult result = Compilation(code, "Snippet").Emit(nowhere);
        Assert.True(result.Success, Messages(result.Diagnostics, code));
    }

    private static CSharpCompilation Compilation(string code, string name) => CSharpCompilation.Create(
        name,
        [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(code)],
        s_references,
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

    private static string Messages(IEnumerable<Diagnostic> diagnostics, string code) =>
        string.Join(Environment.NewLine, diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Append<object>(code));
}
