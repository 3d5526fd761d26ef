using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Models;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The argument that names a saved model.</summary>
internal sealed class ModelArguments
{
    private readonly Option<string> _model = new("--model")
    {
        Description = "A model saved by 'hydra train' or by mlContext.Model.Save.",
        HelpName = "M.zip",
        Required = true,
    };

    public ModelArguments(CliCommand command) => command.Add(_model);

    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_model);

    public SavedModel Load(MLContext mlContext, ParseResult parsed) => SavedModel.Load(mlContext, Path(parsed));
}
