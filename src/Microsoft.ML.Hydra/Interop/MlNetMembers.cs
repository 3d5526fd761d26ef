using System.Reflection;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// The members of ML.NET that are used though they are not public, with those of the types that come with them. Another version of ML.NET may lack one: it is
/// looked for once, at the first use of this library, and not missed after hours of training.
/// </summary>
internal static class MlNetMembers
{
    /// <summary>Name of the assembly that has them.</summary>
    public const string AssemblyName = "Microsoft.ML.Core";

    private static readonly Lazy<string?> s_problem = new(() => FindProblem(typeof(ModelSaveContext).Assembly));

    /// <summary>Type, name and types of the parameters; <see cref="SignatureLoadModel"/> is used as a type only.</summary>
    public static (string Type, string Name, string[] Parameters)[] All { get; } =
    [
        ("Microsoft.ML.SignatureLoadModel", "Invoke", ["ModelLoadContext"]),
        ("Microsoft.ML.LoadableClassAttribute", ".ctor", ["Type", "Type", "Type", "Type", "String", "String[]"]),
        ("Microsoft.ML.VersionInfo", ".ctor", ["String", "UInt32", "UInt32", "UInt32", "String", "String", "String"]),
        ("Microsoft.ML.ModelSaveContext", "CheckAtModel", []),
        ("Microsoft.ML.ModelSaveContext", "SetVersionInfo", ["VersionInfo"]),
        ("Microsoft.ML.ModelSaveContext", "SaveBinaryStream", ["String", "Action`1"]),
        ("Microsoft.ML.ModelSaveContext", "Writer", []),
        ("Microsoft.ML.ModelLoadContext", "Reader", []),
        ("Microsoft.ML.ModelLoadContext", "CheckVersionInfo", ["VersionInfo"]),
        ("Microsoft.ML.ModelLoadContext", "TryLoadBinaryStream", ["String", "Action`1"]),
        ("Microsoft.ML.SchemaShape+Column", ".ctor", ["String", "VectorKind", "DataViewType", "Boolean", "SchemaShape"]),
        ("Microsoft.ML.Runtime.ICancelable", "get_IsCanceled", []),
        ("Microsoft.ML.Runtime.IHostEnvironmentInternal", "get_Seed", []),
        ("Microsoft.ML.Runtime.IHostEnvironmentInternal", "get_GpuDeviceId", []),
        ("Microsoft.ML.Runtime.IHostEnvironmentInternal", "get_FallbackToCpu", []),
        ("Microsoft.ML.Runtime.IHostEnvironmentInternal", "get_TempFilePath", []),
    ];

    /// <summary>The version of ML.NET that this library was built and tested with.</summary>
    public static string TestedVersion => typeof(MlNetMembers).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "MicrosoftMLVersion").Value!;

    /// <summary>Throws one sentence when the ML.NET of this process lacks a member.</summary>
    /// <exception cref="NotSupportedException">It does; the message has both versions.</exception>
    public static void Require()
    {
        if (s_problem.Value is string problem)
        {
            throw new NotSupportedException(problem);
        }
    }

    /// <summary>The sentence about the first member that an assembly lacks; null when it has all.</summary>
    public static string? FindProblem(Assembly mlNet)
    {
        foreach ((string typeName, string name, string[] parameters) in All)
        {
            if (mlNet.GetType(typeName) is not Type type)
            {
                return Describe(mlNet, typeName);
            }

            if (!Has(type, name, parameters))
            {
                return Describe(mlNet, $"{typeName}.{name}({string.Join(", ", parameters)})");
            }
        }

        return null;
    }

    private static bool Has(Type type, string name, string[] parameters) =>
        type.GetMember(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(member => member is MethodBase method
            ? method.GetParameters().Select(parameter => parameter.ParameterType.Name).SequenceEqual(parameters)
            : parameters.Length == 0);

    private static string Describe(Assembly mlNet, string missing) =>
        $"Microsoft.ML.Hydra {typeof(MlNetMembers).Assembly.GetName().Version?.ToString(3)} was tested with Microsoft.ML {TestedVersion}, but this process loaded {mlNet.GetName().Name} "
        + $"{VersionOf(mlNet)}, which has no {missing}: reference Microsoft.ML {TestedVersion}, or a version of Microsoft.ML.Hydra that was tested with the newer one.";

    // The package's version, without the commit that may follow a '+'.
    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? assembly.GetName().Version!.ToString();
}
