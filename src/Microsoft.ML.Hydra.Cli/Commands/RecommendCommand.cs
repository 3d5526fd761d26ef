using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
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
        Description = "Item ids of one history, oldest first, separated by commas.",
        HelpName = "a,b,c",
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "With --data: the csv to write (userId,rank,itemId,score), under a temporary name and renamed when complete.",
        HelpName = "OUT.csv",
    };

    private readonly Option<int?> _top = new("--top")
    {
        Description = "Number of recommendations, at least 1; without it the number that the model was saved with.",
        HelpName = "k",
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
        _top.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int top) && top < 1)
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--top is {top}; expected 1 or more."));
            }
        });
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        MLContext mlContext = _context.Create(parsed, Errors);
        using SavedModel model = _model.Load(mlContext, parsed);
        using var recommender = new Recommender(mlContext, model, parsed.GetValue(_top), parsed.GetValue(_includeSeen));
        if (parsed.GetValue(_history) is string history)
        {
            ForOne(mlContext, model, recommender, history, cancellationToken);
        }
        else
        {
            ForAll(mlContext, model, recommender, parsed, cancellationToken);
        }

        return ExitCodes.Success;
    }

    private void ForOne(MLContext mlContext, SavedModel model, Recommender recommender, string history, CancellationToken cancellationToken)
    {
        string[] given = history.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string[] possible = [.. given.Where(id => ItemIds.CanBeId(id, model.ItemType))];
        IDataView sequence = mlContext.Data.LoadFromEnumerable([new HistoryRow { Items = possible }]);
        WarnOfUnknown(given, CatalogueNames.Read(model.Transformer, recommender.Prepare(sequence, nameof(HistoryRow.Items)).Schema));

        Recommendations recommended = recommender.Recommend(sequence, nameof(HistoryRow.Items), null, cancellationToken).Single();
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("Rank", column => column.RightAligned());
        table.AddColumn("Item");
        table.AddColumn("Score", column => column.RightAligned());
        for (int i = 0; i < recommended.Items.Count; i++)
        {
            table.AddRow(
                (i + 1).ToString(CultureInfo.InvariantCulture),
                Markup.Escape(recommended.Items[i]),
                recommended.Scores[i].ToString("F4", CultureInfo.InvariantCulture));
        }

        Console.Write(table);
    }

    private void ForAll(MLContext mlContext, SavedModel model, Recommender recommender, ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(_output);
        using OutputFile output = OutputFile.Create(path);
        IDataView sequences = _data.ReadSequences(mlContext, parsed, Environment, cancellationToken);
        ItemIds.Check(sequences, "Items", model.ItemType, cancellationToken);
        long users = RecommendationCsv.Write(
            output.Stream, recommender.Recommend(sequences, "Items", Interactions.User, cancellationToken));
        output.Commit();
        Console.WriteLine(FormattableString.Invariant($"{users:N0} users written to {path}"));
    }

    private void WarnOfUnknown(string[] given, IReadOnlySet<string>? known)
    {
        string[] unknown = known is null ? [] : [.. given.Where(id => !known.Contains(id)).Distinct(StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            string rest = unknown.Length == given.Distinct(StringComparer.Ordinal).Count() ? "; without a history the most popular items are recommended" : string.Empty;
            Errors.WriteWarning($"The model does not know {string.Join(", ", unknown.Select(id => $"'{id}'"))}{rest}.");
        }
    }
}

/// <summary>Recommendations as csv, one row for each item: userId,rank,itemId,score. Each user is written as it comes.</summary>
internal static class RecommendationCsv
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <returns>Number of users written.</returns>
    public static long Write(Stream stream, IEnumerable<Recommendations> recommendations)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("userId,rank,itemId,score");
        long users = 0;
        foreach (Recommendations user in recommendations)
        {
            users++;
            string name = Quote(user.User ?? string.Empty);
            for (int i = 0; i < user.Items.Count; i++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name},{i + 1},{Quote(user.Items[i])},{user.Scores[i]:R}"));
            }
        }

        return users;
    }

    /// <summary>Quotes a field that a reader could misread: with separators, quotes, line ends, or a space at its start or end.</summary>
    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(Special) || field.StartsWith(' ') || field.EndsWith(' ')
            ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : field;
}
