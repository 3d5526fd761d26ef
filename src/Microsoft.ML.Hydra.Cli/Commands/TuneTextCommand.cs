using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Text;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra tune-text</c>: tunes a language model on what users did, and writes its folder for <c>--encoder</c>.</summary>
internal sealed class TuneTextCommand : CliCommand
{
    private readonly DataArguments _data;
    private readonly ItemArguments _items;
    private readonly ContextArguments _context;
    private readonly TextTuningArguments _tuning;
    private readonly Option<string> _encoder = new("--encoder")
    {
        Description = "The folder of the language model to start from, in the Hugging Face layout (config.json, model.safetensors, tokenizer). It is not changed.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder to write, for --encoder of the other commands; it must not exist.",
        HelpName = "DIR",
        Required = true,
    };

    public TuneTextCommand(CommandEnvironment environment)
        : base(environment, "tune-text", "Tune a language model on what users did: items that follow each other get vectors that are alike. Every user's last item is left out, so that 'hydra evaluate' can test the result, and the one before it is held out to choose the best pass.")
    {
        _data = new DataArguments(this, isRequired: true);
        _items = new ItemArguments(this, isRequired: true, takesEncoder: false);
        Add(_encoder);
        Add(_output);
        _tuning = new TextTuningArguments(this);
        _context = new ContextArguments(this, hasDevice: false);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    internal override bool PrintsResult(ParseResult parsed) => false;

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        (string directory, string output) = (parsed.GetRequiredValue(_encoder), parsed.GetRequiredValue(_output));
        FilePlan plan = EncoderArguments.PlanFolder(_items.Plan(_data.Plan(new FilePlan(), parsed), parsed), "--encoder", directory);
        _tuning.Plan(plan.Writes("--output", output), parsed).Check();
        CheckOutput(output);

        MLContext mlContext = _context.Create(parsed, Errors);
        using TextEncoder encoder = EncoderArguments.Open(directory);
        IDataView sequences = _data.ReadSequences(mlContext, parsed, Console, Errors, cancellationToken);
        ItemTable table = _items.Read(parsed, null, (Console, Errors), cancellationToken, _data.Domain(parsed));
        ItemTableText.WriteCoverage(Console, table, ItemCoverage.Count(table, sequences, cancellationToken));
        TextTuningOptions options = _tuning.Bind(parsed);
        IDataView items = mlContext.Data.LoadFromEnumerable(Texts(table));
        options.DomainColumnName = table.HasDomains ? Interactions.Domain : null;
        options.Progress = new PassProgress(Console, options.NumberOfPasses);
        options.CancellationToken = cancellationToken;

        SequenceRecommendationCatalog recommendation = mlContext.SequenceRecommendation();
        IDataView trainSet = recommendation.SplitLeaveLastOut(sequences).TrainSet;
        TextVectorTransformer tuned = recommendation.Text.Tune(trainSet, items, encoder, options).Fit(items);
        string saved = Save(tuned, output);
        WriteSummary(tuned, options, saved, table.File.Path);
        if (!cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }

        Errors.WriteWarning(FormattableString.Invariant($"The tuning was interrupted; '{saved}' holds the best pass so far, {Best(tuned).Pass}."));
        return ExitCodes.Cancelled;
    }

    // Before hours of tuning, not after them
    private static void CheckOutput(string output)
    {
        if (Path.Exists(output))
        {
            throw new UserErrorException($"The output '{output}' exists already, and a folder of a model is never replaced; give another name, or remove it first.");
        }

        string above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(output))) ?? string.Empty;
        if (!Directory.Exists(above))
        {
            throw new UserErrorException($"The folder '{above}' of the output '{output}' does not exist; create it first.");
        }
    }

    private static IEnumerable<ItemText> Texts(ItemTable table)
    {
        if (table.WordColumns.Count == 0)
        {
            throw new UserErrorException($"The {table.File.Name} has no column with words to tune on; add one.");
        }

        IDataView view = table.ToView(new HydraSequenceRecommendationTrainer.Options());
        IEnumerable<string> domains = table.HasDomains ? view.GetColumn<string>(nameof(ItemText.Domain)) : table.Ids.Select(_ => string.Empty);
        return [.. table.Ids.Zip(view.GetColumn<string[]>("Text"), domains).Select(item => new ItemText
        {
            ItemId = item.First, Text = string.Join(' ', item.Second.Where(text => text.Length > 0)), Domain = item.Third,
        })];
    }

    // A folder is written as a whole; when it cannot be written, another place takes it.
    private static string Save(TextVectorTransformer tuned, string output)
    {
        try
        {
            tuned.SaveFolder(output);
            return output;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(output));
            foreach (string place in new[] { Path.GetTempPath(), System.Environment.CurrentDirectory, System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile) })
            {
                string other = Path.Combine(place, FormattableString.Invariant($"{name}.saved-{System.Environment.ProcessId}"));
                try
                {
                    tuned.SaveFolder(other);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    continue;
                }

                throw new UserErrorException($"The output '{output}' could not be written: {Failure.Describe(failure).TrimEnd('.')}. Nothing is lost: the tuned encoder is in '{other}'.", failure);
            }

            throw;
        }
    }

    private static TextTuningPass Best(TextVectorTransformer tuned) => tuned.Passes.Last(pass => pass.IsBest);

    private void WriteSummary(TextVectorTransformer tuned, TextTuningOptions options, string saved, string items)
    {
        TextTuningPass best = Best(tuned), start = tuned.Passes[0];
        Console.WriteLine($"encoder      {TerminalText.Escape(saved)}, {tuned.Encoder.Dimension.ToString(CultureInfo.InvariantCulture)} numbers, identity {tuned.Encoder.Identity[..12]}");
        Console.WriteLine(FormattableString.Invariant($"passes       {tuned.Passes.Count - 1} of {options.NumberOfPasses}, the weights are those of pass {best.Pass}{(best.Pass == 0 ? ", so no tuning was better than none" : string.Empty)}"));
        if (!double.IsNaN(best.ValidationNdcgAt10))
        {
            Console.WriteLine(FormattableString.Invariant($"validation   NDCG@10 of text neighbours {start.ValidationNdcgAt10:F4} before, {best.ValidationNdcgAt10:F4} after"));
        }

        Console.WriteLine($"to use it    hydra train --data FILE --model OUT.zip --items {ShellText.Quote(items)} --encoder {ShellText.Quote(saved)}");
    }
}

/// <summary>The text of one item.</summary>
internal sealed class ItemText
{
    public string ItemId { get; set; } = string.Empty;

    public string Text { get; set; } = string.Empty;

    /// <summary>Its domain; empty for one domain. Named as that of the interactions.</summary>
    public string Domain { get; set; } = string.Empty;
}

/// <summary>The arguments of a tuning of a language model.</summary>
internal sealed class TextTuningArguments
{
    private static readonly Dictionary<string, TextTuning> s_kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["full"] = TextTuning.Full,
        ["top-layers"] = TextTuning.TopLayers,
        ["projection"] = TextTuning.Projection,
        ["lora"] = TextTuning.Lora,
    };

    private static readonly TextTuningOptions s_defaults = new();

    private readonly Option<TextTuning?> _kind = new("--tuning")
    {
        Description = "What is tuned: full (all layers), top-layers (the last two), projection (a linear map of the vectors, the fastest) or lora (for large models). [default: full]",
        HelpName = "KIND",
        CustomParser = ParsedText.From<TextTuning?>("--tuning", text => s_kinds.TryGetValue(text, out TextTuning kind) ? kind : null, "full, top-layers, projection or lora"),
    };

    private readonly Option<int?> _passes = new("--passes")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"Passes over the items. [default: {s_defaults.NumberOfPasses}]"),
        HelpName = "n",
        CustomParser = WholeNumber.From("--passes", 1),
    };

    private readonly Option<int?> _seed = new("--seed")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"Seed of everything random. [default: {s_defaults.Seed}]"),
        HelpName = "n",
        CustomParser = WholeNumber.From("--seed", null),
    };

    private readonly Option<string> _checkpoint = new("--checkpoint")
    {
        Description = "Directory for a checkpoint after each pass; created when missing. A tuning that finds checkpoints of the same data and options there goes on from the last one.",
        HelpName = "DIR",
    };

    public TextTuningArguments(CliCommand command)
    {
        foreach (Option option in (Option[])[_kind, _passes, _seed, _checkpoint])
        {
            command.Add(option);
        }
    }

    /// <summary>Adds the directory of the checkpoints to what the command writes.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed) => plan.Writes("--checkpoint", parsed.GetValue(_checkpoint));

    /// <summary>The options of the tuning.</summary>
    public TextTuningOptions Bind(ParseResult parsed) => new()
    {
        Tuning = parsed.GetValue(_kind) ?? s_defaults.Tuning,
        NumberOfPasses = parsed.GetValue(_passes) ?? s_defaults.NumberOfPasses,
        Seed = parsed.GetValue(_seed) ?? s_defaults.Seed,
        CheckpointPath = parsed.GetValue(_checkpoint),
    };
}
