using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The arguments that say where a training keeps checkpoints, and whether it continues from them.</summary>
internal sealed class CheckpointArguments
{
    private readonly Option<string> _directory = new("--checkpoint-directory")
    {
        Description = "Directory for a checkpoint after each epoch; created when missing, and kept after the training. [default: OUT.zip.checkpoints, removed when the model is saved]",
        HelpName = "DIR",
    };

    private readonly Option<bool> _none = new("--no-checkpoints")
    {
        Description = "Keep no checkpoints: a training that is killed begins again.",
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Continue from the latest checkpoint, with the same data and options.",
    };

    public CheckpointArguments(CliCommand command)
    {
        command.Add(_directory);
        command.Add(_none);
        command.Add(_resume);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_none) is { Implicit: false } && result.GetResult(_directory) is not null)
            {
                result.AddError("Give either --no-checkpoints or --checkpoint-directory.");
            }
            else if (result.GetResult(_none) is { Implicit: false } && result.GetResult(_resume) is { Implicit: false })
            {
                result.AddError("Give either --no-checkpoints or --resume, which continues from checkpoints.");
            }
        });
    }

    /// <summary>Adds the directory to what the command writes.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed) => plan.Writes("--checkpoint-directory", parsed.GetValue(_directory));

    /// <summary>Sets the checkpoints of a training: in the directory named, or beside the file of its model.</summary>
    /// <exception cref="UserErrorException">There is nothing to continue from, another training uses the directory, or an earlier training left checkpoints that are not to be continued.</exception>
    public KeptCheckpoints Bind(ParseResult parsed, HydraSequenceRecommendationTrainer.Options options, OutputFile output)
    {
        options.ResumeFromCheckpoint |= parsed.GetValue(_resume);
        string? named = parsed.GetValue(_none) ? null : parsed.GetValue(_directory) ?? options.CheckpointDirectory;
        string? beside = parsed.GetValue(_none) || output.Target is null ? null : KeptCheckpoints.Beside(output);
        options.CheckpointDirectory = named ?? beside;
        if (options.ResumeFromCheckpoint && options.CheckpointDirectory is null)
        {
            throw new UserErrorException("--resume needs --checkpoint-directory, the directory to continue from, when the model is not written to a file.");
        }

        // The command that continues is the one typed with --resume.
        string command = options.ResumeFromCheckpoint ? ShellText.Command(parsed) : ShellText.Command(parsed, "--resume");
        var checkpoints = new KeptCheckpoints(options.CheckpointDirectory, isOwn: named is null, command);
        if (checkpoints.IsInUse)
        {
            throw new UserErrorException(
                $"The checkpoint directory '{checkpoints.Directory}' is in use by another training; wait for its end, or choose another directory.");
        }

        if (!options.ResumeFromCheckpoint && checkpoints.HasAny)
        {
            throw new UserErrorException(
                $"The directory '{checkpoints.Directory}' holds checkpoints of an earlier training; delete it to begin again, or continue with: {command}");
        }

        return checkpoints;
    }
}
