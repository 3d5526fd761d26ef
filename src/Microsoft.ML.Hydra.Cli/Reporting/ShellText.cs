namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Arguments as they are typed into a shell.</summary>
internal static class ShellText
{
    // What no shell reads as anything but itself
    private const string Plain = "-_./:=,+@";

    /// <summary>The argument, in double quotes where it holds anything that a shell might read otherwise.</summary>
    public static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal)) ? argument : $"\"{argument}\"";
}
