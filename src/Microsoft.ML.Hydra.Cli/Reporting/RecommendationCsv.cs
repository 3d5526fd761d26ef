using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.ML.Hydra.Cli.Models;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Recommendations as csv, a row an item: userId,rank,itemId,score. Written as they come.</summary>
internal static class RecommendationCsv
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <returns>Number of users written.</returns>
    public static long Write(Stream stream, IEnumerable<Recommendations> recommendations)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("userId,rank,itemId,score");
        long users = 0;
        foreach (Recommendations user in recommendations)
        {
            users++;
            string name = Quote(user.User ?? string.Empty);
            for (int i = 0; i < user.Items.Count; i++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name},{i + 1},{Quote(user.Items[i])},{user.Scores[i]:R}"));
            }
        }

        return users;
    }

    /// <summary>Quotes where a reader could mistake a field: separators, quotes, line ends, and spaces at an end.</summary>
    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(Special) || field.StartsWith(' ') || field.EndsWith(' ')
            ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : field;
}
