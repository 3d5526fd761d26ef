using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra train</c>: trains on all interactions and saves a standard ML.NET model.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly DataArguments _data;
    private readonly TrainingArguments _training;
    private readonly ContextArguments _context;
    private readonly Option<string> _model = new("--model")
    {
        Description = "The ML.NET model to write, under a temporary name and renamed when complete.",
        HelpName = "OUT.zip",
        Required = true,
    };

    private readonly Option<string> _checkpointDirectory = new("--checkpoint-directory")
    {
        Description = "Directory for a checkpoint after each epoch; created when missing.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Continue from the latest checkpoint in the checkpoint directory, with the same data and options.",
    };

    public TrainCommand(CommandEnvironment environment)
        : base(environment, "train", "Train on all interactions and save the model. Each user's last item is the validation for early stopping, unless --set Validation=None.")
    {
        _data = new DataArguments(this, isRequired: true);
        Add(_model);
        _training = new TrainingArguments(this);
        Add(_checkpointDirectory);
        Add(_resume);
        _context = new ContextArguments(this, hasDevice: true);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        HydraSequenceRecommendationTrainer.Options options = Bind(parsed);
        string path = parsed.GetRequiredValue(_model);
        using OutputFile output = OutputFile.Create(path);
        MLContext mlContext = _context.Create(parsed, Errors);

        IDataView sequences = _data.ReadSequences(mlContext, parsed, Environment, cancellationToken);
        bool animate = !_context.IsVerbose(parsed) && Terminal.CanAnimate(Console);
        using TrainedModel trained = TrainedModel.Fit(
            mlContext, sequences, options, new EpochProgress(Console, animate), cancellationToken);
        mlContext.Model.Save(trained.Model, sequences.Schema, output.Stream);
        output.Commit();
        ModelFactsText.Write(Console, path, trained.Model.Model);
        return FinishTraining(cancellationToken);
    }

    private HydraSequenceRecommendationTrainer.Options Bind(ParseResult parsed)
    {
        HydraSequenceRecommendationTrainer.Options options = _training.Bind(parsed);
        options.CheckpointDirectory = parsed.GetValue(_checkpointDirectory) ?? options.CheckpointDirectory;
        options.ResumeFromCheckpoint |= parsed.GetValue(_resume);
        return options.ResumeFromCheckpoint && options.CheckpointDirectory is null
            ? throw new UserErrorException("--resume needs --checkpoint-directory, the directory to continue from.")
            : options;
    }
}
