using TwoShops;

namespace Microsoft.ML.Hydra.Text.Tests.Models;

/// <summary>The folders of the packaged models, written once into a directory that goes with the process.</summary>
internal static class PackagedFolders
{
    private static readonly Lazy<DirectoryInfo> s_root = new(() =>
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("hydra-models-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => root.Delete(recursive: true);
        return root;
    });

    private static readonly Lazy<string> s_miniLM = new(() => Write("minilm", PackagedModel.MiniLM));
    private static readonly Lazy<string> s_arcticXs = new(() => Write("arctic-xs", PackagedModel.ArcticXs));

    /// <summary>all-MiniLM-L6-v2: the mean of the tokens.</summary>
    public static string MiniLM => s_miniLM.Value;

    /// <summary>snowflake-arctic-embed-xs: the first token.</summary>
    public static string ArcticXs => s_arcticXs.Value;

    private static string Write(string name, PackagedModel model)
    {
        string directory = Path.Combine(s_root.Value.FullName, name);
        model.WriteFolder(directory);
        return directory;
    }
}
