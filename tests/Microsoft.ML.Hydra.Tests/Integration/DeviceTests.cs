using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Tests.Sequences;
using Microsoft.ML.Runtime;
using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A GPU that is asked for on a machine without one.</summary>
public sealed class DeviceTests
{
    [SkippableFact]
    public void Without_fallback_a_fit_fails_before_it_reads_anything()
    {
        SkipWithCuda();
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
        var data = new DisposalCountingView(Shelves.Load(mlContext, Shelves.Texts(customers: 10)));

        var error = Assert.Throws<InvalidOperationException>(() => mlContext.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options()).Fit(data));

        Assert.Contains("GpuDeviceId of the MLContext is 0 but no CUDA device is available", error.Message, StringComparison.Ordinal);
        Assert.Contains("FallbackToCpu", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, data.Opened);
    }

    [SkippableFact]
    public void With_fallback_a_fit_runs_on_the_cpu_and_says_why()
    {
        SkipWithCuda();
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
        var log = new LogLines(mlContext);
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;

        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 10)));

        Assert.Contains(log.Of(ChannelMessageKind.Info), line => line.StartsWith("Device: CPU, as GpuDeviceId is 0", StringComparison.Ordinal));
        Assert.Equal(1, model.Model.NumberOfEpochsTrained);
    }

    [SkippableFact]
    public void A_model_scores_anywhere()
    {
        SkipWithCuda();
        var mlContext = new MLContext(seed: 1);
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;
        IDataView data = Shelves.Load(mlContext, Shelves.Texts(customers: 10));
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(data);

        ITransformer loaded = SavedModel.Save(mlContext, model).Load(new MLContext { GpuDeviceId = 0, FallbackToCpu = false });

        Assert.Equal(10, loaded.Transform(data).GetColumn<float[]>("Score").Count());
    }

    private static void SkipWithCuda()
    {
        NativeTorch.EnsureLoaded();
        Skip.If(torch.cuda.is_available(), "This machine has a GPU.");
    }
}
