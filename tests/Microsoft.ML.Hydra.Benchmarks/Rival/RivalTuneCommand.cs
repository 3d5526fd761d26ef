using System.CommandLine;
using System.Text;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary><c>rival-tune</c>: for the rival what <c>hydra tune</c> is for Hydra.</summary>
internal sealed class RivalTuneCommand : System.CommandLine.Command
{
    private readonly RivalArguments _arguments;
    private readonly Option<string> _space = new("--space")
    {
        Description = "Options to vary, a file as hydra tune takes it. Without it the default space; options given by --set stay fixed.",
        HelpName = "FILE.json",
    };

    private readonly Option<int> _trials = new("--trials") { Description = "Trials.", HelpName = "n", Required = true };
    private readonly Option<string> _output = new("--output") { Description = "The configuration file to write, for --config of 'rival'.", HelpName = "CONFIG.json", Required = true };

    public RivalTuneCommand()
        : base("rival-tune", "Search for better options of the SASRec as hydra tune does for Hydra; every user's last item is left aside.")
    {
        _arguments = new RivalArguments(this);
        Options.Add(_space);
        Options.Add(_trials);
        Options.Add(_output);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            RivalOptions options = _arguments.Bind(parsed);
            HydraSearchSpace space = SpaceFile.ReadOr(parsed.GetValue(_space), RivalTuning.DefaultSpace, _arguments.AssignedNames(parsed));
            using OutputFile output = OutputFile.Create(parsed.GetRequiredValue(_output));
            _arguments.StartTorch(parsed);
            var mlContext = new MLContext();
            RivalOptions best = RivalTuning.Run(mlContext, _arguments.Read(mlContext, parsed), options, space, parsed.GetValue(_trials), Console.Out);
            output.Stream.Write(Encoding.UTF8.GetBytes(best.ToJson().ToString() + "\n"));
            output.Commit();
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is UserErrorException or ArgumentException)
        {
            Console.Error.WriteLine(Failure.Describe(exception));
            return ExitCodes.Error;
        }
    }
}
