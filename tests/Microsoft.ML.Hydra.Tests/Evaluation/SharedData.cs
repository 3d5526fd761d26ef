using System.Globalization;
using System.IO.Compression;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

/// <summary>Public data sets beside the repository, not in it.</summary>
internal static class SharedData
{
    /// <summary>The items of each user of <c>shared/data/NAME/interactions.csv.gz</c>, oldest first; null when it is not there.</summary>
    public static int[][]? TryReadSequences(string name)
    {
        string file = Path.Combine("shared", "data", name, "interactions.csv.gz");
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, file);
            if (File.Exists(path))
            {
                return ReadSequences(path);
            }
        }

        return null;
    }

    private static int[][] ReadSequences(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        reader.ReadLine();
        var users = new Dictionary<string, List<int>>();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            if (!users.TryGetValue(cells[0], out List<int>? items))
            {
                users[cells[0]] = items = [];
            }

            items.Add(int.Parse(cells[1], CultureInfo.InvariantCulture));
        }

        return [.. users.Values.Select(items => items.ToArray())];
    }
}
