using System.Reflection;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Cli;

/// <summary>Describes an exception to the person at the terminal.</summary>
internal static partial class Failure
{
    public static bool IsCancellation(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException
        || (cancellationToken.IsCancellationRequested && Chain(exception).Any(inner => inner is OperationCanceledException));

    /// <summary>What a cancelled command leaves, where it says so.</summary>
    public static string DescribeCancellation(Exception exception) =>
        Chain(exception).OfType<CommandCancelledException>().FirstOrDefault()?.Message ?? "Cancelled.";

    /// <summary>The message on one line, without wrappers and without parameter names.</summary>
    public static string Describe(Exception exception)
    {
        Exception cause = Chain(exception).First(inner => inner is not (AggregateException or TargetInvocationException) || inner.InnerException is null);
        string message = ParameterName().Replace(cause.Message, string.Empty);
        return string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    public static IEnumerable<Exception> Chain(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
        }
    }

    [GeneratedRegex(@"\s*\(Parameter '[^']*'\)|\s+Parameter name: \S+")]
    private static partial Regex ParameterName();
}

/// <summary>An error that the caller can correct; the message is one sentence that says what is wrong and what is expected.</summary>
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

/// <summary>A command was cancelled; the message says what it leaves.</summary>
internal sealed class CommandCancelledException(string message, Exception inner) : OperationCanceledException(message, inner);
