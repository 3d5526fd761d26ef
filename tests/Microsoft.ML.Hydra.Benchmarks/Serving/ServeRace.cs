using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Machine;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>
/// The waiting times of an application that serves a saved model, through the public API: an event and its answer, a whole history, a
/// view, loading; and the top-k of a large catalogue. Item ids are int. The view uses all processors that the process may use, all else
/// one thread.
/// </summary>
internal sealed class ServeRace : IRace
{
    private const int LayersOfMovieLens = 3;
    private const int ItemsOfMovieLens = 3416;   // MovieLens 1M, the trainer's defaults

    public string Name => "serve";

    public string Description =>
        "A saved model at work (2 layers, 3,500 items): single events, whole histories against a SASRec with as many weights in torch, a view, loading, and the ten best of a million items.";

    public JsonObject Run(RaceSettings settings, TextWriter output)
    {
        output.WriteLine(Description);
        var figures = new List<ServingFigure>();
        var json = new JsonObject { ["name"] = Name };
        using (var saved = new SavedModel(RaceModel.Options(settings), RaceModel.Items))
        {
            using HydraSequenceRecommendationTransformer model = saved.Load();
            var events = new EventByEvent(model, saved.NumberOfItems, settings);
            figures.AddRange(events.Measure());
            figures.AddRange(Predict(saved, settings, json));
            figures.AddRange(Transform(saved, settings));
            json["calls"] = events.CallsPerRound;
        }

        figures.AddRange(WithPrior(settings));
        figures.AddRange(Load(settings));
        figures.AddRange(LargeCatalog.Measure(settings));
        figures.Add(new("peakGflops", "this core's multiply-adds, GFLOP/s", Peak(settings)));
        foreach (ServingFigure figure in figures)
        {
            output.WriteLine(Text($"{figure.Name,-44} {figure.Value,12:G5}   {figure.Target}").TrimEnd());
            json[figure.Key] = Round(figure.Value);
        }

        json["items"] = "int";
        json["catalogItems"] = LargeCatalog.Items(settings);
        json["catalogQueries"] = LargeCatalog.Queries(settings);
        json["transformRows"] = Rows(settings);
        json["transformThreads"] = Environment.ProcessorCount;
        json["instructions"] = InstructionSets.Best.ToString();
        json["length"] = settings.Length;
        json["dimension"] = settings.Dimension;
        json["threads"] = settings.Threads;
        json["rounds"] = settings.Rounds;
        return json;
    }

    // The same calls of a model with a prior in which every item has the maximum number of links
    private static IEnumerable<ServingFigure> WithPrior(RaceSettings settings)
    {
        using var saved = new SavedModel(RaceModel.Options(settings), RaceModel.Items, prior: true);
        using HydraSequenceRecommendationTransformer model = saved.Load();
        return [.. new EventByEvent(model, saved.NumberOfItems, settings).Measure()
            .Where(figure => figure.Key is "appendTop10P50Us" or "appendTop10P99Us" or "bytesPerCall")
            .Select(figure => figure with { Key = "prior" + char.ToUpperInvariant(figure.Key[0]) + figure.Key[1..], Name = "  with a prior: " + figure.Name })];
    }

    private static IEnumerable<ServingFigure> Predict(SavedModel saved, RaceSettings settings, JsonObject json)
    {
        int[][] histories = Histories.Random(64, settings.Length, saved.NumberOfItems, seed: 5);
        var heat = new Heat(
            "predict",
            () => new HydraPrediction(saved, histories),
            () => new SasRecPrediction(SasRecSizes.Matching(RaceModel.Sizes(settings), settings.Length, new TorchParts()), histories));
        HeatResult result = HeatResult.Of(heat, settings.Rounds * (settings.IsRehearsal ? 1 : 200));
        (json["parameters"], json["peerParameters"]) = (result.OursParameters, result.PeerParameters);
        yield return new("predict200P50Ms", Text($"predict, history of {settings.Length}, p50, ms"), result.OursMs, "≤ 0.35");
        yield return new("peerPredict200P50Ms", "  SASRec in torch", result.PeerMs);
    }

    private static IEnumerable<ServingFigure> Transform(SavedModel saved, RaceSettings settings)
    {
        using var view = new WholeView(saved, Histories.Random(Rows(settings), settings.Length, saved.NumberOfItems, seed: 6));
        view.Run();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        double milliseconds = MedianMs(view.Run, settings.Rounds);
        TimeSpan used = Environment.CpuUsage.TotalTime - before;
        yield return new(
            "transformRowsPerSecond", Text($"transform, histories of {settings.Length}, rows/s"), Rows(settings) / milliseconds * 1000, "≥ 6,000 on 2 cores");
        yield return new(
            "transformCpuMsPerRow", "  processor time of a row, all threads, ms", used.TotalMilliseconds / settings.Rounds / Rows(settings));
    }

    private static IEnumerable<ServingFigure> Load(RaceSettings settings)
    {
        using var saved = new SavedModel(RaceModel.Options(settings, LayersOfMovieLens), ItemsOfMovieLens);
        saved.Load().Dispose();
        yield return new("loadMs", "load of a model of MovieLens 1M, ms", MedianMs(() => saved.Load().Dispose(), settings.Rounds), "≤ 50");
        Answer(saved);
        yield return new("loadAndFirstTop10Ms", "  and its first answer", MedianMs(() => Answer(saved), settings.Rounds));
    }

    private static void Answer(SavedModel saved)
    {
        using HydraSequenceRecommendationTransformer model = saved.Load();
        using HydraUserState state = model.CreateState();
        state.Append(1);
        state.Recommend<int>(10);
    }

    private static double Peak(RaceSettings settings)
    {
        using var limits = new MachineLimits();
        return Enumerable.Range(0, 5 * settings.Rounds).Max(_ => limits.GigaflopsNow());
    }

    private static double MedianMs(Action run, int rounds) => Timing.Median([.. Enumerable.Range(0, rounds).Select(_ => Timing.Milliseconds(run))]);

    private static int Rows(RaceSettings settings) => settings.IsRehearsal ? 40 : 4096;

    private static double Round(double value) => double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A measured figure.</summary>
/// <param name="Key">Its name in the JSON object.</param>
/// <param name="Name">What it is, for a human reader.</param>
/// <param name="Value">The value.</param>
/// <param name="Target">Its target; empty for a figure that only explains others.</param>
internal sealed record ServingFigure(string Key, string Name, double Value, string Target = "");
