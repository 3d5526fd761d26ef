using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra recommend</c>: the next items for one history, or for every user of a file.</summary>
internal sealed class RecommendCommand : CliCommand
{
    private readonly ModelArguments _model;
    private readonly DataArguments _data;
    private readonly ContextArguments _context;
    private readonly Option<string> _history = new("--history")
    {
        Description = "Item ids of one history, oldest first, separated by commas; an id with a comma stands in double quotes, as in csv.",
        HelpName = "a,b,c",
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "With --data: the csv to write (userId,rank,itemId,score), under a temporary name and renamed when complete; - is the standard output.",
        HelpName = "OUT.csv",
    };

    private readonly Option<int?> _top = new("--top")
    {
        Description = "Number of recommendations, at least 1; without it the number that the model was saved with.",
        HelpName = "k",
        CustomParser = WholeNumber.From("--top", 1),
    };

    private readonly Option<bool> _includeSeen = new("--include-seen")
    {
        Description = "Recommend items of the history too.",
    };

    public RecommendCommand(CommandEnvironment environment)
        : base(environment, "recommend", "Recommend the next items: --history for one history, --data and --output for every user of a file.")
    {
        _model = new ModelArguments(this);
        Add(_history);
        _data = new DataArguments(this, isRequired: false);
        Add(_output);
        Add(_top);
        Add(_includeSeen);
        _context = new ContextArguments(this, hasDevice: false);
        Validators.Add(result =>
        {
            bool hasHistory = result.GetResult(_history) is not null;
            bool hasData = result.GetResult(_data.Data) is not null;
            if (hasHistory == hasData)
            {
                result.AddError("Give either --history or --data.");
            }
            else if (hasData != result.GetResult(_output) is not null)
            {
                result.AddError("Give --data and --output together.");
            }
        });
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    internal override bool PrintsResult(ParseResult parsed) => parsed.GetValue(_output) is null;

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        _model.Plan(_data.Plan(new FilePlan(), parsed), parsed).Writes("--output", parsed.GetValue(_output)).Check();
        using OutputFile? output = parsed.GetValue(_output) is string path ? OpenOutput(path) : null;
        MLContext mlContext = _context.Create(parsed, Errors);
        using SavedModel model = _model.Load(mlContext, parsed);
        using var recommender = new Recommender(mlContext, model, parsed.GetValue(_top), parsed.GetValue(_includeSeen));
        if (parsed.GetValue(_history) is string history)
        {
            ForOne(mlContext, model, recommender, history, cancellationToken);
        }
        else if (output is not null)
        {
            IDataView sequences = _data.ReadSequences(mlContext, parsed, ConsoleBeside(output), Errors, cancellationToken);
            ItemIds.Check(sequences, "Items", model.ItemType, cancellationToken);
            WarnOfUnknown(sequences, model, recommender, cancellationToken);
            ForAll(sequences, recommender, output, cancellationToken);
        }

        return ExitCodes.Success;
    }

    private void ForOne(MLContext mlContext, SavedModel model, Recommender recommender, string history, CancellationToken cancellationToken)
    {
        string[] given = HistoryText.Parse(history);
        string[] possible = [.. given.Where(id => ItemIds.CanBeId(id, model.ItemType))];
        IDataView sequence = mlContext.Data.LoadFromEnumerable([new HistoryRow { Items = possible }]);
        WarnOfUnknown(history, given, CatalogueNames.Read(model.Transformer, recommender.Prepare(sequence, nameof(HistoryRow.Items)).Schema));

        Recommendations recommended = recommender.Recommend(sequence, nameof(HistoryRow.Items), null, cancellationToken).Single();
        if (recommended.Items.Count == 0)
        {
            Errors.WriteWarning($"There is nothing to recommend: {recommender.WhyNone(sequence, nameof(HistoryRow.Items), cancellationToken)}.");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("Rank", column => column.RightAligned());
        table.AddColumn("Item");
        table.AddColumn("Score", column => column.RightAligned());
        for (int i = 0; i < recommended.Items.Count; i++)
        {
            table.AddRow(
                (i + 1).ToString(CultureInfo.InvariantCulture),
                Markup.Escape(TerminalText.Escape(recommended.Items[i])),
                recommended.Scores[i].ToString("F4", CultureInfo.InvariantCulture));
        }

        Console.Write(table);
    }

    private void ForAll(IDataView sequences, Recommender recommender, OutputFile output, CancellationToken cancellationToken)
    {
        (long Users, long Without) written = default;
        Save(output, new Result("the csv", "recommendations.csv", stream =>
            written = RecommendationCsv.Write(stream, recommender.Recommend(sequences, "Items", Interactions.User, cancellationToken)))
        {
            ReadsData = true,
        });
        ConsoleBeside(output).WriteLine(FormattableString.Invariant($"{written.Users:N0} users written to {TerminalText.Escape(output.Path)}"));
        if (written.Without > 0)
        {
            Errors.WriteWarning(FormattableString.Invariant(
                $"Users without a row: {written.Without:N0}; there is nothing to recommend to them: {recommender.WhyNone(sequences, "Items", cancellationToken)}."));
        }
    }

    private void WarnOfUnknown(IDataView sequences, SavedModel model, Recommender recommender, CancellationToken cancellationToken)
    {
        if (CatalogueNames.Read(model.Transformer, recommender.Prepare(sequences, "Items").Schema) is { } known
            && KnownEvents.Count(sequences, "Items", known, model.ItemType, cancellationToken).Describe(known) is string warning)
        {
            Errors.WriteWarning(warning);
        }
    }

    private void WarnOfUnknown(string history, string[] given, IReadOnlySet<string>? known)
    {
        string[] unknown = known is null ? [] : [.. given.Where(id => !known.Contains(id)).Distinct(StringComparer.Ordinal)];
        if (unknown.Length == 0)
        {
            return;
        }

        string rest = unknown.Length == given.Distinct(StringComparer.Ordinal).Count() ? "; without a history the most popular items are recommended" : string.Empty;
        string hint = HistoryText.HintAtQuotes(history, known!, unknown) is string quotes ? " " + quotes : string.Empty;
        Errors.WriteWarning($"The model does not know {string.Join(", ", unknown.Select(id => $"'{id}'"))}{rest}.{hint}");
    }
}

/// <summary>Recommendations as csv, one row for each item: userId,rank,itemId,score. Each user is written as it comes.</summary>
internal static class RecommendationCsv
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <returns>Number of users, and of those among them that have no row.</returns>
    public static (long Users, long Without) Write(Stream stream, IEnumerable<Recommendations> recommendations)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("userId,rank,itemId,score");
        (long users, long without) = (0, 0);
        foreach (Recommendations user in recommendations)
        {
            users++;
            without += user.Items.Count == 0 ? 1 : 0;
            string name = Quote(user.User ?? string.Empty);
            for (int i = 0; i < user.Items.Count; i++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name},{i + 1},{Quote(user.Items[i])},{user.Scores[i]:R}"));
            }
        }

        return (users, without);
    }

    /// <summary>Quotes a field that a reader could misread: with separators, quotes, line ends, or a space at its start or end.</summary>
    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(Special) || field.StartsWith(' ') || field.EndsWith(' ')
            ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : field;
}
