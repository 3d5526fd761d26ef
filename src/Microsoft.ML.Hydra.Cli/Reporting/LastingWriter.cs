using System.Text;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>
/// Text for a console that may refuse it: a full disk, a closed stream. No work ends because a line of progress could not be written; the first refusal is
/// remembered and reported at the end.
/// </summary>
/// <param name="target">Receives the text.</param>
internal sealed class LastingWriter(TextWriter target) : TextWriter
{
    /// <summary>The first refusal in the words of the system; null while there is none.</summary>
    public string? Refusal { get; private set; }

    public override Encoding Encoding => target.Encoding;

    public override void Write(char value) => Try(() => target.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => target.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => target.Write(value));

    public override void WriteLine(string? value) => Try(() => target.WriteLine(value));

    public override void Flush() => Try(target.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Refusal ??= Failure.Describe(exception).TrimEnd('.');
        }
    }
}
