using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Collects what a context logs from now on.</summary>
internal sealed class LogLines
{
    private readonly List<(ChannelMessageKind Kind, string Text)> _lines = [];

    public LogLines(MLContext mlContext) => mlContext.Log += (_, line) =>
    {
        lock (_lines)
        {
            _lines.Add((line.Kind, line.RawMessage));
        }
    };

    /// <summary>Texts of one kind so far, in order.</summary>
    public string[] Of(ChannelMessageKind kind)
    {
        lock (_lines)
        {
            return [.. _lines.Where(line => line.Kind == kind).Select(line => line.Text)];
        }
    }
}
