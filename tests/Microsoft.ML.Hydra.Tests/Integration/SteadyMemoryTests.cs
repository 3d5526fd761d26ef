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
    public void A_model_that_is_gone_has_freed_its_weights()
    {
        WeakReference[] weights = Use();

        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // A view has no Dispose: its lease of the weights ends with the view.
        Assert.All(weights, weight => Assert.False(weight.IsAlive));
    }

    /// <summary>Loads a model, scores with it in both ways, and disposes what can be disposed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference[] Use()
    {
        var mlContext = new MLContext();
        var model = (HydraSequenceRecommendationTransformer)models.SavedText.Load(mlContext);
        using var engine = mlContext.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(model);
        Assert.Equal(10, engine.Predict(new History<string> { Items = [Shelves.Name(3)] }).Score.Length);
        Assert.Single(model.Transform(Shelves.Load(mlContext, Shelves.Texts(customers: 1))).GetColumn<float[]>("Score"));
        return [.. model.Fitted.Weights.Select(weight => new WeakReference(weight.Data))];   // pinned: alive until the pins are freed
    }

    // Counted on this thread alone.
    private static long LiveTensors() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
