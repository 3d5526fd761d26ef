using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Persistence;
using TorchSharp;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary><c>race NAME</c>: runs one race; the last line of the output is one JSON object.</summary>
internal sealed class RaceCommand : System.CommandLine.Command
{
    private readonly Argument<string> _name = new("NAME") { Description = string.Join(' ', RaceRegistry.All.Select(race => race.Name)) };
    private readonly Option<int> _length = Number("--length", 200, 2, "Events of a sequence.");
    private readonly Option<int> _dimension = Number("--dimension", 64, 16, "Width of the model, a multiple of 16.");
    private readonly Option<int> _threads = Number("--threads", 1, 1, "Threads of each side.");
    private readonly Option<int> _rounds = Number("--rounds", 9, 1, "Measured rounds, after warm-up.");
    private readonly Option<string> _json = new("--json") { Description = "File to which the JSON object is also written.", HelpName = "OUT" };
    private readonly Option<RaceSide?> _side = new("--side") { Description = "Measure one side's memory in this process.", Hidden = true };

    public RaceCommand()
        : base("race", "Run a race.")
    {
        _name.AcceptOnlyFromAmong([.. RaceRegistry.All.Select(race => race.Name)]);
        _dimension.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() % 16 != 0)
            {
                result.AddError($"--dimension is {result.GetValueOrDefault<int>()}; give a multiple of 16.");
            }
        });
        Arguments.Add(_name);
        foreach (Option option in new Option[] { _length, _dimension, _threads, _rounds, _json, _side })
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    /// <summary>The command line of a race.</summary>
    public static string[] LineOf(string race, RaceSettings settings) =>
    [
        "race", race,
        "--length", Text(settings.Length),
        "--dimension", Text(settings.Dimension),
        "--threads", Text(settings.Threads),
        "--rounds", Text(settings.Rounds),
        .. settings.Side is RaceSide side ? new[] { "--side", side.ToString() } : [],
    ];

    private int Run(ParseResult parsed)
    {
        var settings = new RaceSettings(
            parsed.GetValue(_length), parsed.GetValue(_dimension), parsed.GetValue(_threads), parsed.GetValue(_rounds), parsed.GetValue(_side));
        NativeTorch.EnsureLoaded();
        torch.set_num_threads(settings.Threads);   // this process runs only the race
        torch.random.manual_seed(1);
        IRace race = RaceRegistry.All.Single(r => r.Name == parsed.GetRequiredValue(_name));
        string json = race.Run(settings, Console.Out).ToJsonString();
        if (parsed.GetValue(_json) is string path)
        {
            AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(json + "\n")));
        }

        Console.Out.WriteLine(json);
        return 0;
    }

    private static Option<int> Number(string name, int fallback, int least, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
            {
                result.AddError($"{name} is {result.GetValueOrDefault<int>()}; give {least} or more.");
            }
        });
        return option;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
