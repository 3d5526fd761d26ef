namespace Microsoft.ML.Hydra.Robustness.Cases;

/// <summary>How a case ended.</summary>
internal enum Verdict
{
    /// <summary>The content was accepted and gives valid results.</summary>
    Works,

    /// <summary>The content was refused with the documented exception and one sentence.</summary>
    CleanError,

    /// <summary>
    /// The content was accepted, and numbers in it are so large that scores overflow: the items are valid, the scores are not all finite.
    /// </summary>
    Overflow,

    /// <summary>Another exception, a wrong result, or the end of the process: a failure.</summary>
    Crash,

    /// <summary>The case did not end: a failure.</summary>
    Hang,

    /// <summary>The case allocated more than a bound: a failure.</summary>
    TooMuchMemory,
}

/// <summary>A case and how it ended.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Description">What was done to the content; for a failure, what was found too.</param>
internal sealed record Outcome(Verdict Verdict, string Description)
{
    /// <summary>Whether the library did something wrong.</summary>
    public bool IsFailure => Verdict is Verdict.Crash or Verdict.Hang or Verdict.TooMuchMemory;
}

/// <summary>A family of cases. A case is a function of its number: the same number gives the same case on any machine.</summary>
internal interface ICaseKind
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>Makes a case and tries it. Throws whatever the library throws that is not a documented refusal.</summary>
    /// <param name="number">Number of the case.</param>
    /// <param name="describe">Receives what is done to the content, before the content is used.</param>
    /// <returns><see cref="Verdict.Works"/>, <see cref="Verdict.CleanError"/> or <see cref="Verdict.Overflow"/>.</returns>
    Verdict Try(long number, Action<string> describe);
}

/// <summary>The library accepted a content and then gave a result that is not valid.</summary>
internal sealed class WrongResultException(string message) : Exception(message);

/// <summary>The one check of refusals: the documented exception, one sentence.</summary>
internal static class Refusal
{
    private const int LongestSentence = 700;

    /// <summary>Throws unless the message is one sentence that a user can read.</summary>
    public static Verdict Check(Exception error)
    {
        // .NET appends the name of the parameter to the message of every ArgumentException that has one.
        string message = error is ArgumentException { ParamName: string name } ? error.Message.Replace($" (Parameter '{name}')", null, StringComparison.Ordinal) : error.Message;
        return message.Length is > 0 and <= LongestSentence && message.EndsWith('.') && !message.Any(char.IsControl)
            ? Verdict.CleanError
            : throw new WrongResultException($"The message of {error.GetType().Name} is not one clean sentence: {message}");
    }
}
