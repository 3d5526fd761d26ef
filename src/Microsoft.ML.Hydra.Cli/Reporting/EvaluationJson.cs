using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>An evaluation as JSON. Figures that do not exist are null.</summary>
internal static class EvaluationJson
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(Stream stream, EvaluationReport report)
    {
        JsonSerializer.Serialize(stream, Create(report), Format);
        stream.WriteByte((byte)'\n');
    }

    public static JsonObject Create(EvaluationReport report)
    {
        var models = new JsonObject();
        foreach (ComparedModel model in report.Models)
        {
            models.Add(model.Name, new JsonObject
            {
                ["filtered"] = Create(model.Filtered),
                ["unfiltered"] = Create(model.Unfiltered),
            });
        }

        var json = new JsonObject
        {
            ["protocol"] = report.Protocol,
            ["data"] = new JsonObject
            {
                ["users"] = report.Data.Users,
                ["items"] = report.Data.Items,
                ["events"] = report.Data.Events,
            },
            ["models"] = models,
            ["parameters"] = report.Parameters,
            ["epochs"] = report.Epochs,
            ["bestEpoch"] = report.BestEpoch,
            ["validationNdcg"] = Number(report.ValidationNdcg),
            ["hasPrior"] = report.HasPrior,
            ["secondsPerEpoch"] = Number(report.SecondsPerEpoch),
            ["trainSeconds"] = Number(report.TrainSeconds),
            ["trainCpuSeconds"] = Number(report.TrainCpuSeconds),
            ["peakMB"] = Number(report.PeakMB),
            ["options"] = report.Options.DeepClone(),
        };
        if (report.IsInterrupted)
        {
            json.Add("interrupted", true);
        }

        if (report.Slices.Count > 0)
        {
            json.Add("slices", Slices(report.Slices));
        }

        if (report.ColdItems is { } cold)
        {
            var rankings = new JsonObject();
            foreach (RankingScores ranking in cold.Rankings)
            {
                rankings.Add(ranking.Name, Create(ranking.Models));
            }

            json.Add("coldItems", new JsonObject
            {
                ["share"] = cold.Share,
                ["newItems"] = cold.NewItems,
                ["knownToModel"] = cold.KnownNewItems,
                ["rankings"] = rankings,
            });
        }

        return json;
    }

    // By group, then by slice
    private static JsonObject Slices(IReadOnlyList<SliceScores> slices)
    {
        var groups = new JsonObject();
        foreach (SliceScores slice in slices)
        {
            if (groups[slice.Group] is not JsonObject group)
            {
                groups.Add(slice.Group, group = []);
            }

            group.Add(slice.Name, Create(slice.Models));
        }

        return groups;
    }

    private static JsonObject Create(IReadOnlyList<KeyValuePair<string, ModelScores>> scoresOfModels)
    {
        var models = new JsonObject();
        foreach ((string name, ModelScores scores) in scoresOfModels)
        {
            models.Add(name, Create(scores));
        }

        return new JsonObject { ["users"] = scoresOfModels[0].Value.Users, ["models"] = models };
    }

    private static JsonObject Create(ModelScores scores)
    {
        var json = new JsonObject();
        foreach ((string name, double value) in scores.Values)
        {
            json.Add(name, Number(value));
        }

        json.Add("unknownToModel", scores.UnknownLabels);
        json.Add("leftOutAsSeen", scores.LeftOutLabels);
        return json;
    }

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
