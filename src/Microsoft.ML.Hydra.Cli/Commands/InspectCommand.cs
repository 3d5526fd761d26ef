using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra inspect</c>: says what a saved model is.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly ModelArguments _model;
    private readonly ContextArguments _context;

    public InspectCommand(CommandEnvironment environment)
        : base(environment, "inspect", "Show a saved model: catalogue, parameters, epochs and options.")
    {
        _model = new ModelArguments(this);
        _context = new ContextArguments(this, hasDevice: false);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using SavedModel model = _model.Load(_context.Create(parsed, Errors), parsed);
        ModelFactsText.Write(Console, _model.Path(parsed), model.Transformer.Model);
        ModelFactsText.WriteOptions(Console, model.Transformer.Model);
        return ExitCodes.Success;
    }
}
