using System.Reflection;
using System.Runtime.Loader;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>Runs the training in a load context of its own, which finds managed and native libraries as the documentation of plugins shows.</summary>
internal static class PluginHost
{
    public static int Run()
    {
        string path = typeof(PluginHost).Assembly.Location;
        Assembly plugin = new PluginContext(path).LoadFromAssemblyPath(path);
        MethodInfo train = plugin.GetType(typeof(Training).FullName!)!.GetMethod(nameof(Training.Run))!;
        int result = (int)train.Invoke(null, [11])!;
        Console.WriteLine($"contexts of TorchSharp: {string.Join(", ", AssemblyLoadContext.All.Where(HasTorch).Select(context => context.Name))}");
        return result;
    }

    private static bool HasTorch(AssemblyLoadContext context) => context.Assemblies.Any(assembly => assembly.GetName().Name == "TorchSharp");

    private sealed class PluginContext(string path) : AssemblyLoadContext("plugin")
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName) =>
            _resolver.ResolveAssemblyToPath(assemblyName) is string found ? LoadFromAssemblyPath(found) : null;

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is string found ? LoadUnmanagedDllFromPath(found) : 0;
    }
}
