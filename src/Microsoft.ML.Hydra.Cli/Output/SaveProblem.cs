using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Cli.Output;

/// <summary>The trainer refuses a folder that cannot take its model in terms of an option that the command line sets itself: here in terms of the output.</summary>
internal static partial class SaveProblem
{
    /// <summary>The refusal for the person at the terminal; null for another error.</summary>
    /// <param name="exception">An error of the trainer.</param>
    /// <param name="output">The output as it was given.</param>
    /// <param name="folder">The folder that the trainer was asked about; null when it was not asked.</param>
    public static string? Describe(Exception exception, string output, string? folder)
    {
        string start = $"The model could not be saved after training: SaveDirectory '{folder}' ";
        string message = Failure.Describe(exception);
        if (folder is null || !message.StartsWith(start, StringComparison.Ordinal))
        {
            return null;
        }

        string problem = Sizes().Replace(message[start.Length..].Split(';')[0], match => DiskSpace.Format(long.Parse(match.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)));
        return $"The model could not be saved to '{output}' after the training: the folder '{folder}' {problem.Replace(" bytes", string.Empty, StringComparison.Ordinal)}; nothing was trained: free space there, or choose an output in another folder.";
    }

    [GeneratedRegex("(?<=has |about )([0-9][0-9,]*)")]
    private static partial Regex Sizes();
}
