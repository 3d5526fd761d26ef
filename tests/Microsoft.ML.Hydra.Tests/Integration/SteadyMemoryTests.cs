using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Native tensors do not pile up.</summary>
[Collection(AloneCollection.Name)]
public sealed class SteadyMemoryTests(FittedModels models) : IClassFixture<FittedModels>
{
    [Fact]
    public void A_fit_leaves_no_tensor_behind()
    {
        HydraSequenceRecommendationTransformer Fit(MLContext mlContext)
        {
            HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
            options.NumberOfEpochs = 2;
            return mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts()));
        }

        Fit(models.Context).Dispose();
        long before = LiveTensors();

        for (int i = 0; i < 3; i++)
        {
            Fit(models.Context).Dispose();
            Assert.Equal(before, LiveTensors());
        }
    }

    [Fact]
    public void Predictions_leave_no_tensor_behind()
    {
        string[][] histories = Shelves.Texts(customers: 100, seed: 3);
        using var engine = models.Context.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(
            models.Text.WithRecommendations(models.Text.Recommendations));
        engine.Predict(new History<string> { Items = histories[0] });
        long before = LiveTensors();

        for (int i = 0; i < 2000; i++)
        {
            engine.Predict(new History<string> { Items = histories[i % histories.Length] });
        }

        Assert.Equal(before, LiveTensors());
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(100, models.Text.Transform(Shelves.Load(models.Context, histories)).GetColumn<float[]>("Score").Count());
        }

        Assert.Equal(before, LiveTensors());
    }

    [Fact]
    public void A_model_that_is_gone_has_freed_its_weights()
    {
        Use();
        long before = TensorsAfterCollection();

        for (int i = 0; i < 5; i++)
        {
            Use();
        }

        // TorchSharp never uncounts the tensor that a parameter is made from, though it is empty: one for each weight.
        int uncounted = 5 * models.Text.Fitted.Weights.Count;
        Assert.Equal(before + uncounted, TensorsAfterCollection());
    }

    /// <summary>Loads a model, scores with it in both ways, and disposes what can be disposed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Use()
    {
        var mlContext = new MLContext();
        var model = (HydraSequenceRecommendationTransformer)models.SavedText.Load(mlContext);
        using var engine = mlContext.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(model);
        Assert.Equal(10, engine.Predict(new History<string> { Items = [Shelves.Name(3)] }).Score.Length);
        Assert.Single(model.Transform(Shelves.Load(mlContext, Shelves.Texts(customers: 1))).GetColumn<float[]>("Score"));
    }

    // A view has no Dispose: its claim on the weights ends with the view.
    private static long TensorsAfterCollection()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return torch.Tensor.TotalCount;
    }

    // Counted on this thread alone.
    private static long LiveTensors() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
