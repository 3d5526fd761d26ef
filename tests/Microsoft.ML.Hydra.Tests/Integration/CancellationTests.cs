using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A fit ends soon after its token, or its context, is cancelled.</summary>
public sealed class CancellationTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cancelled_fit_throws_before_another_epoch(bool byToken)
    {
        (HydraSequenceRecommendationTrainer.Options options, EpochList progress) = CancelledAfterEpoch2(byToken);

        Assert.Throws<OperationCanceledException>(() => Fit(options));

        Assert.Equal(2, progress.Epochs.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cancelled_fit_returns_the_best_model_when_asked_to(bool byToken)
    {
        var log = new LogLines(_mlContext);
        (HydraSequenceRecommendationTrainer.Options options, _) = CancelledAfterEpoch2(byToken);
        options.CancellationBehavior = CancellationBehavior.ReturnBestModel;

        using var model = Fit(options);

        Assert.Equal(2, model.Model.NumberOfEpochsTrained);
        Assert.Contains("cancelled", Assert.Single(log.Of(ChannelMessageKind.Warning)), StringComparison.Ordinal);

        Assert.Equal(model.Model.Epochs.Last(epoch => epoch.IsBest).Epoch, model.Model.BestEpoch);

        // The model scores in a context that is not cancelled itself.
        MLContext other = new();
        ITransformer usable = SavedModel.Save(other, model).Load(other);
        Assert.Equal(10, usable.Transform(Shelves.Load(other, Shelves.Texts(customers: 1))).GetColumn<float[]>("Score").Single().Length);
    }

    [Theory]
    [InlineData(CancellationBehavior.Throw)]
    [InlineData(CancellationBehavior.ReturnBestModel)]
    public void A_fit_cancelled_before_an_epoch_is_done_has_nothing_to_return(CancellationBehavior behavior)
    {
        using var source = new CancellationTokenSource();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.CancellationToken, options.CancellationBehavior) = (source.Token, behavior);
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => Fit(options));
    }

    [Fact]
    public void Cancelling_in_the_middle_of_an_epoch_ends_it_there()
    {
        // One step a sequence: the epoch would take far longer than the time until it is cancelled.
        using var source = new CancellationTokenSource();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        var progress = new EpochList();
        (options.CancellationToken, options.MaximumTokensPerBatch, options.Progress) = (source.Token, 1, progress);

        Assert.Throws<OperationCanceledException>(() => Fit(options, CancelAfter(Shelves.Texts(customers: 5000), source)));

        Assert.Empty(progress.Epochs);
    }

    [Fact]
    public void Cancelling_while_the_data_is_read_stops_the_reading()
    {
        using var source = new CancellationTokenSource();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.CancellationToken = source.Token;
        int read = 0;

        Assert.Throws<OperationCanceledException>(() => Fit(options, Shelves.Texts(customers: 1000).Select(items =>
        {
            if (++read == 10)
            {
                source.Cancel();
            }

            return items;
        })));

        Assert.InRange(read, 10, 12);
    }

    private static IEnumerable<string[]> CancelAfter(string[][] histories, CancellationTokenSource source)
    {
        foreach (string[] items in histories)
        {
            yield return items;
        }

        // On a thread of its own: a timer's callback waits for a free one of the pool, which busy tests may keep for longer than the epoch.
        new Thread(() =>
        {
            Thread.Sleep(100);
            source.Cancel();
        }).Start();
    }

    private (HydraSequenceRecommendationTrainer.Options Options, EpochList Progress) CancelledAfterEpoch2(bool byToken)
    {
        var source = new CancellationTokenSource();
        var progress = new EpochList(2, byToken ? source.Cancel : CancelContext);
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.Progress, options.CancellationToken) = (1000, progress, source.Token);
        return (options, progress);
    }

    // Not public in ML.NET; its tools call it.
    private void CancelContext() =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(_mlContext, null);

    private HydraSequenceRecommendationTransformer Fit(HydraSequenceRecommendationTrainer.Options options, IEnumerable<string[]>? histories = null) =>
        _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(_mlContext.Data.LoadFromEnumerable(
            (histories ?? Shelves.Texts()).Select(items => new History<string> { Items = items })));
}
