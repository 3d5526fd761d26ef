namespace Microsoft.ML.Hydra.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    public const int Error = 1;

    /// <summary>Interrupted: 128 and the number of SIGINT, as shells expect.</summary>
    public const int Cancelled = 130;
}
