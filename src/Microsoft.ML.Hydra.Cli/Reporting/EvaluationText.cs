using System.Globalization;
using Microsoft.ML.Hydra.Cli.Models;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>An evaluation for people: one table for each ranking, then the facts.</summary>
internal static class EvaluationText
{
    public static void Write(IAnsiConsole console, EvaluationReport report)
    {
        console.WriteLine();
        WriteTable(console, "Filtered: items of the history left out of the ranking", report.Models, model => model.Filtered);
        WriteTable(console, "Unfiltered: all items ranked", report.Models, model => model.Unfiltered);
        foreach (IGrouping<string, SliceScores> group in report.Slices.GroupBy(slice => slice.Group))
        {
            WriteSlices(console, group.Key, [.. group]);
        }

        if (report.ColdItems is { } cold)
        {
            WriteColdItems(console, cold);
        }

        foreach (string line in Facts(report))
        {
            console.WriteLine(line);
        }
    }

    private static void WriteTable(
        IAnsiConsole console, string title, IReadOnlyList<ComparedModel> models, Func<ComparedModel, ModelScores> ranking)
    {
        console.WriteLine(title);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("Model", column => column.NoWrap());
        foreach ((string name, _) in ranking(models[0]).Values)
        {
            table.AddColumn(name, column => column.RightAligned().NoWrap());
        }

        foreach (ComparedModel model in models)
        {
            table.AddRow([model.Name, .. ranking(model).Values.Select(figure => Figure(figure.Value))]);
        }

        console.Write(table);
    }

    private static void WriteSlices(IAnsiConsole console, string group, IReadOnlyList<SliceScores> slices)
    {
        string counted = group == TestSlices.TrainingEvents ? " (all but the last event of every user)" : string.Empty;
        console.WriteLine(Invariant($"NDCG@{ModelScores.CutOff} by {group}{counted}, filtered"));
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("Model", column => column.NoWrap());
        foreach (SliceScores slice in slices)
        {
            table.AddColumn(Invariant($"{slice.Name} ({slice.Models[0].Value.Users:N0} users)"), column => column.RightAligned());
        }

        for (int i = 0; i < slices[0].Models.Count; i++)
        {
            table.AddRow([slices[0].Models[i].Key, .. slices.Select(slice => Figure(slice.Models[i].Value.Value(Invariant($"NDCG@{ModelScores.CutOff}"))))]);
        }

        console.Write(table);
    }

    // One row for each model and ranking: models differ from ranking to ranking.
    private static void WriteColdItems(IAnsiConsole console, ColdItemsScores cold)
    {
        console.WriteLine(Invariant($"New items: {cold.NewItems:N0} ({100 * cold.Share:0.##} % of the items), of which the model knows {cold.KnownNewItems:N0}; filtered"));
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("Ranking", column => column.NoWrap());
        table.AddColumn("Model", column => column.NoWrap());
        string[] figures = [Invariant($"HR@{ModelScores.CutOff}"), Invariant($"NDCG@{ModelScores.CutOff}")];
        foreach (string figure in figures)
        {
            table.AddColumn(figure, column => column.RightAligned().NoWrap());
        }

        foreach (RankingScores ranking in cold.Rankings)
        {
            foreach ((int index, (string model, ModelScores scores)) in ranking.Models.Index())
            {
                table.AddRow([index == 0 ? Invariant($"{ranking.Name} ({scores.Users:N0} users)") : string.Empty, model, .. figures.Select(figure => Figure(scores.Value(figure)))]);
            }
        }

        console.Write(table);
    }

    private static IEnumerable<string> Facts(EvaluationReport report)
    {
        ModelScores scores = report.Models[0].Filtered;
        yield return Invariant($"data         {report.Data.Users:N0} users, {report.Data.Items:N0} items, {report.Data.Events:N0} events");
        yield return Invariant($"tested       {scores.Users:N0} users, {scores.UnknownLabels:N0} of them with an item not seen in training (a miss)");
        yield return Invariant($"left out     {scores.LeftOutLabels:N0} users with an item of their own history, which is a miss where filtered");
        yield return Invariant($"parameters   {report.Parameters:N0}");
        yield return Invariant($"epochs       {report.Epochs}, the weights are those of epoch {report.BestEpoch}");
        if (!double.IsNaN(report.ValidationNdcg))
        {
            yield return Invariant($"validation   NDCG@10 {report.ValidationNdcg:F4}{(report.HasPrior ? " with the co-occurrence prior" : ", no co-occurrence prior")}");
        }

        string perEpoch = double.IsNaN(report.SecondsPerEpoch) ? "no epoch was run" : Invariant($"{report.SecondsPerEpoch:0.00} s per epoch");
        yield return Invariant($"time         {DurationText.Format(TimeSpan.FromSeconds(report.TrainSeconds))} of training, {perEpoch}, {report.TrainCpuSeconds:N0} s of processor time");
        yield return Invariant($"peak memory  {report.PeakMB:N0} MB");
    }

    private static string Figure(double value) =>
        double.IsNaN(value) ? "-" : value.ToString(Math.Abs(value) < 10 ? "F4" : "F1", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
