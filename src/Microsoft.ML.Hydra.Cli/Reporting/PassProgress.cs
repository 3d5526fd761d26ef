using System.Globalization;
using Microsoft.ML.Hydra.Text;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>One line for each pass of the tuning of a language model.</summary>
internal sealed class PassProgress(IAnsiConsole console, int numberOfPasses) : IProgress<TextTuningPass>
{
    public void Report(TextTuningPass value) => console.WriteLine(Format(value, numberOfPasses));

    /// <summary>The line of a pass; pass 0 is the language model as it is.</summary>
    public static string Format(TextTuningPass pass, int numberOfPasses)
    {
        string validation = double.IsNaN(pass.ValidationNdcgAt10)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $"  val NDCG@10 {pass.ValidationNdcgAt10:F4}{(pass.IsBest ? "*" : " ")}");
        string loss = pass.Pass == 0
            ? "as it is   "
            : string.Create(CultureInfo.InvariantCulture, $"loss {pass.Loss:F4}");
        return string.Create(
            CultureInfo.InvariantCulture, $"pass {pass.Pass,3}/{numberOfPasses}  {loss}{validation}  temperature {pass.Temperature:F3}  {DurationText.Format(pass.Elapsed)}");
    }
}
