using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class DivergenceTests
{
    [Fact]
    public void A_run_that_diverges_hands_over_its_best_weights()
    {
        using DisposeScope scope = NewDisposeScope();
        var options = new ResolvedOptions(SmallRun.SmallOptions(o => (o.LearningRate, o.NumberOfWarmupSteps) = (0.0125, 0)));
        var random = new RandomStreams(options.Seed);
        using HydraModel model = new(options.SizesFor(12), ModelKernels.For(CPU, 2), random.Weights, 0.2);
        NamedTensor[] best = [];
        var monitor = new TrainingMonitor
        {
            IsCancelled = () => false,
            StepCompleted = (_, _, _, _) => { },
            Warning = _ => { },
            EpochCompleted = metrics =>
            {
                best = metrics.IsBest ? ModelWeights.Export(model) : best;
                if (metrics.Epoch == 2)
                {
                    using IDisposable inference = no_grad();
                    model.ItemEmbedding.fill_(float.PositiveInfinity);
                }
            },
        };
        TrainingData data = TrainingData.Split(SampleSequences.Walks(), options.All.Validation, 0, random.ValidationSample());
        using var loop = new TrainingLoop(model, data, options, CPU, monitor, "test");

        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(loop.Run);

        Assert.StartsWith("Training diverged at epoch 3, batch 1 (loss NaN, gradient norm NaN); lower LearningRate (now ", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Best.Epochs.Count);
        Assert.InRange(error.Best.BestEpoch, 1, 2);
        SmallRun.AssertSameWeights(best, error.Best.Weights);
        Assert.IsType<NotFiniteNumberException>(error.InnerException);
    }

    [Fact]
    public void A_learning_rate_beyond_all_measure_diverges_rather_than_returning_nonsense()
    {
        TrainerOptions options = SmallRun.SmallOptions(o => (o.LearningRate, o.NumberOfWarmupSteps, o.MaximumGradientNorm) = (1e30, 0, 0));
        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(new SmallRun(options).Train);
        Assert.Equal((0, 0), (error.Best.BestEpoch, error.Best.Weights.Count));
    }
}
