using System.Globalization;
using Microsoft.ML.Hydra;

namespace GettingStarted;

/// <summary>Writes results to the console.</summary>
internal static class Report
{
    public static void Compare(params (string Model, SequenceRecommendationMetrics Metrics)[] models)
    {
        Console.WriteLine("  model           HR@1    HR@5   HR@10   NDCG@10     MRR   coverage");
        foreach ((string model, SequenceRecommendationMetrics m) in models)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {model,-12}  {m.HitRateAt(1):F4}  {m.HitRateAt(5):F4}  {m.HitRateAt(10):F4}    {m.NdcgAt(10):F4}  {m.MeanReciprocalRank:F4}   {100 * m.CatalogCoverage,6:F1} %"));
        }
    }

    public static void Recommendations(CustomerHistory customer, Recommendation recommendation)
    {
        Console.WriteLine();
        Console.WriteLine($"  {customer.UserId} bought … {string.Join(" · ", customer.Items.TakeLast(6))}");
        for (int i = 0; i < recommendation.PredictedItems.Length; i++)
        {
            string product = recommendation.PredictedItems[i];
            Console.WriteLine($"    {i + 1,2}. {product}{(product == customer.NextItem ? "   <- bought next" : "")}");
        }
    }
}

/// <summary>Prints one line per epoch.</summary>
internal sealed class EpochPrinter : IProgress<EpochMetrics>
{
    public void Report(EpochMetrics value) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  epoch {value.Epoch,2} of {value.NumberOfEpochs}   loss {value.Loss:F3}   validation NDCG@10 {value.ValidationNdcgAt10:F4} {(value.IsBest ? '*' : ' ')}   {value.SequencesPerSecond:N0} sequences/s   {value.Elapsed:mm':'ss}"));
}
