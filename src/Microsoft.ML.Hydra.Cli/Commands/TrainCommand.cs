using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra train</c>: trains on all interactions and saves a standard ML.NET model.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly DataArguments _data;
    private readonly ItemArguments _items;
    private readonly TrainingArguments _training;
    private readonly CheckpointArguments _checkpoints;
    private readonly ContextArguments _context;
    private readonly Option<string> _model = new("--model")
    {
        Description = "The ML.NET model to write, under a temporary name and renamed when complete; - is the standard output.",
        HelpName = "OUT.zip",
        Required = true,
    };

    public TrainCommand(CommandEnvironment environment)
        : base(environment, "train", "Train on all interactions and save the model. Each user's last item is the validation for early stopping, unless --set Validation=None.")
    {
        _data = new DataArguments(this, isRequired: true);
        _items = new ItemArguments(this, isRequired: false);
        Add(_model);
        _training = new TrainingArguments(this);
        _checkpoints = new CheckpointArguments(this);
        _context = new ContextArguments(this, hasDevice: true);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    internal override bool PrintsResult(ParseResult parsed) => false;

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(_model);
        _checkpoints.Plan(_training.Plan(_items.Plan(_data.Plan(new FilePlan(), parsed), parsed), parsed).Writes("--model", path), parsed).Check();
        HydraSequenceRecommendationTrainer.Options options = _training.Bind(parsed);
        using OutputFile output = OpenOutput(path);
        IAnsiConsole console = ConsoleBeside(output);
        KeptCheckpoints checkpoints = _checkpoints.Bind(parsed, options, output);
        var progress = new EpochProgress(console, animate: !_context.IsVerbose(parsed) && Terminal.CanAnimate(console));
        try
        {
            return Train(parsed, options, new TrainingOutput(output, checkpoints, console, progress), cancellationToken);
        }
        catch (Exception exception) when (Failure.IsCancellation(exception, cancellationToken))
        {
            string left = checkpoints.HasAny
                ? $"The checkpoints in '{checkpoints.Directory}' hold what was trained; continue with: {checkpoints.ResumeCommand}"
                : "No epoch was complete, so there is nothing to save.";
            checkpoints.RemoveIfEmpty();
            throw new CommandCancelledException($"Cancelled. {left}", exception);
        }
        catch (HydraTrainingDivergedException diverged)
        {
            throw Diverged(output, checkpoints, diverged);
        }
        catch (Exception exception) when (exception is not UserErrorException && progress.Epochs.Count > 0 && checkpoints.HasAny)
        {
            throw new UserErrorException(
                $"{Failure.Describe(exception)} The checkpoints in '{checkpoints.Directory}' hold what was trained until then; when the cause is removed, continue with: {checkpoints.ResumeCommand}",
                exception);
        }
    }

    private int Train(
        ParseResult parsed, HydraSequenceRecommendationTrainer.Options options, TrainingOutput to, CancellationToken cancellationToken)
    {
        MLContext mlContext = _context.Create(parsed, Errors);
        IDataView sequences = _data.ReadSequences(mlContext, parsed, to.Console, Errors, cancellationToken);
        _data.BindDomain(parsed, options);
        _items.Bind(parsed, options, sequences, (to.Console, Errors), cancellationToken, _data.Domain(parsed));
        (long least, long about, long kept) = ModelSize.Estimate(options, sequences, cancellationToken);
        to.Checkpoints.KeepOnlyWhereSpaceIsFor(kept, options, Errors);
        to.File.Reserve(least, about);
        options.SaveDirectory = to.File.IsFile ? Path.GetDirectoryName(to.File.Target!) : null;

        using TrainedModel trained = Fit(mlContext, sequences, options, to, cancellationToken);
        bool isInterrupted = cancellationToken.IsCancellationRequested;
        Save(to.File, SavedModel.ToSave(trained.Model, sequences.Schema));
        ModelFactsText.Write(to.Console, to.File.Path, to.File.IsFile ? new FileInfo(to.File.Target!).Length : null, trained.Model.Model);
        if (!isInterrupted)
        {
            to.Checkpoints.Remove();
            return ExitCodes.Success;
        }

        string next = to.Checkpoints.HasAny ? $" Continue with: {to.Checkpoints.ResumeCommand}" : string.Empty;
        Errors.WriteWarning(FormattableString.Invariant(
            $"Training was interrupted; '{to.File.Path}' holds the best epoch so far, {trained.Model.Model.BestEpoch}.{next}"));
        return ExitCodes.Cancelled;
    }

    private static TrainedModel Fit(
        MLContext mlContext, IDataView sequences, HydraSequenceRecommendationTrainer.Options options, TrainingOutput to, CancellationToken cancellationToken)
    {
        try
        {
            return TrainedModel.Fit(mlContext, sequences, options, to.Progress, cancellationToken);
        }
        catch (InvalidOperationException exception) when (SaveProblem.Describe(exception, to.File.Path, options.SaveDirectory) is string sentence)
        {
            throw new UserErrorException(sentence, exception);
        }
    }

    // The same data and options diverge again: to continue is of no use, and the best epoch is kept in another file than the output.
    private UserErrorException Diverged(OutputFile output, KeptCheckpoints checkpoints, HydraTrainingDivergedException diverged)
    {
        checkpoints.Remove();
        if (diverged.LastGoodModel is not { } best)
        {
            return new UserErrorException(diverged.Message, diverged);
        }

        using (best)
        {
            string? saved = SaveElsewhere(output.Target ?? Path.GetFullPath("model.zip"), SavedModel.ToSave(best, null));
            string where = saved is null ? string.Empty : FormattableString.Invariant($" The best epoch before, {best.Model.BestEpoch}, is in '{saved}'.");
            return new UserErrorException(diverged.Message + where, diverged);
        }
    }

    /// <summary>Where a training goes.</summary>
    private sealed record TrainingOutput(OutputFile File, KeptCheckpoints Checkpoints, IAnsiConsole Console, EpochProgress Progress);
}
