namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Arguments as they are typed into a shell.</summary>
internal static class ShellText
{
    /// <summary>The argument, in quotes where it holds blanks.</summary>
    public static string Quote(string argument) => argument.Any(char.IsWhiteSpace) ? $"\"{argument}\"" : argument;
}
