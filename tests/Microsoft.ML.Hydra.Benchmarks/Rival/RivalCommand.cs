using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary><c>rival</c>: a SASRec on real data, with Hydra's batches, loss, optimiser, schedule, early stopping and evaluation.</summary>
internal sealed class RivalCommand : System.CommandLine.Command
{
    private readonly RivalArguments _arguments;
    private readonly Option<string> _json = new("--json") { Description = "File that receives the report as JSON.", HelpName = "OUT" };
    private readonly Option<bool> _validationOnly = new("--validation-only") { Description = "Leave the test items unread; the figure is the validation's." };

    private readonly Option<bool> _slices = new("--slices") { Description = "Tell the figures by length of the history and popularity of the item too." };

    public RivalCommand()
        : base("rival", "Train a SASRec as Hydra is trained and measure it as hydra evaluate does.")
    {
        _arguments = new RivalArguments(this);
        Options.Add(_json);
        Options.Add(_validationOnly);
        Options.Add(_slices);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            RivalOptions options = _arguments.Bind(parsed);
            using OutputFile? json = parsed.GetValue(_json) is string path ? OutputFile.Create(path) : null;
            _arguments.StartTorch(parsed);
            var mlContext = new MLContext();
            JsonObject report = RivalEvaluation.Run(
                mlContext, _arguments.Read(mlContext, parsed), options, parsed.GetValue(_validationOnly), parsed.GetValue(_slices), Console.Out);
            json?.Stream.Write(Encoding.UTF8.GetBytes(report.ToString() + "\n"));
            json?.Commit();
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is UserErrorException or ArgumentException or TrainingDivergedException)
        {
            Console.Error.WriteLine(Failure.Describe(exception));
            return ExitCodes.Error;
        }
    }
}
