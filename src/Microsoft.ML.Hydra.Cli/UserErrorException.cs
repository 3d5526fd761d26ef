namespace Microsoft.ML.Hydra.Cli;

/// <summary>Something the caller can put right; the message is one sentence that says what and how.</summary>
internal sealed class UserErrorException : Exception
{
    public UserErrorException(string message)
        : base(message)
    {
    }

    public UserErrorException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
