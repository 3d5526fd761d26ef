namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Arguments as they are typed into a shell.</summary>
internal static class ShellText
{
    private const string Plain = "-_./:=+";

    /// <summary>The argument, in quotes where it holds anything that the shell of this system might read otherwise.</summary>
    public static string Quote(string argument) => Quote(argument, OperatingSystem.IsWindows());

    /// <summary>The argument for a shell of Windows, or of any other system.</summary>
    public static string Quote(string argument, bool windows)
    {
        string plain = windows ? Plain + '\\' : Plain;
        return argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || plain.Contains(c, StringComparison.Ordinal)) ? argument
            : windows ? $"\"{argument}\""    // a path there holds no quote
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
