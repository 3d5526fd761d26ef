using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>What is left of a budget of time, at every moment; nothing without a budget.</summary>
internal sealed class TimeLeftColumn(Func<TimeSpan?> left) : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(left() is TimeSpan time ? $"{Durations.Format(time > TimeSpan.Zero ? time : TimeSpan.Zero)} left" : string.Empty);
}
