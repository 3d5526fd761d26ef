using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using AdamW = Microsoft.ML.Hydra.Training.AdamW;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>What training must leave alone in the process: torch's random state, and its memory.</summary>
[Collection(AloneCollection.Name)]
public sealed class ProcessStateTests
{
    [Theory]
    [InlineData(SequenceLoss.Softmax)]
    [InlineData(SequenceLoss.SampledSoftmax)]
    [InlineData(SequenceLoss.BinaryCrossEntropy)]
    public void Steps_leave_no_tensor_behind(SequenceLoss loss)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TrainingStepTests.Model(dropout: 0.2);
        using AdamW optimizer = TrainingStepTests.Optimizer(model);
        TrainingStep step = TrainingStepTests.Step(model, optimizer, loss);
        SequenceBatch batch = TrainingStepTests.Batch();
        for (int i = 0; i < 5; i++)
        {
            step.Run(batch, 0.01);
        }

        // What other tests left to the garbage collector may go meanwhile, so the process's count has an upper bound only.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        (long live, long total) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Tensor.TotalCount);
        for (int i = 0; i < 200; i++)
        {
            step.Run(batch, 0.01);
        }

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.True(Tensor.TotalCount <= total);
    }

    [Fact]
    public void A_run_leaves_no_tensor_behind()
    {
        new SmallRun(SmallRun.SmallOptions(o => o.NumberOfEpochs = 1)).Train();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long total = Tensor.TotalCount;

        TrainingResult result = new SmallRun(SmallRun.SmallOptions(o => o.NumberOfEpochs = 3)).Train();

        // TorchSharp goes on counting the empty tensor that each parameter was made from.
        Assert.True(Tensor.TotalCount - total <= result.Weights.Count);
    }

    [Fact]
    public void Torch_s_own_random_state_is_never_touched()
    {
        using DisposeScope scope = NewDisposeScope();
        byte[] before = State();

        using HydraModel model = TrainingStepTests.Model(dropout: 0.2);
        using AdamW optimizer = TrainingStepTests.Optimizer(model);
        TrainingStepTests.Step(model, optimizer, SequenceLoss.SampledSoftmax).Run(TrainingStepTests.Batch(), 0.01);
        new DropoutSource { Rate = 0.5, Seed = 1 }.Apply(SeededTensors.Normal(1, 5, 10));

        new SmallRun(SmallRun.SmallOptions(o => o.NumberOfEpochs = 1)).Train();

        Assert.Equal(before, State());

        rand(1);
        Assert.NotEqual(before, State());   // a draw would have shown

        static byte[] State()
        {
            using Tensor state = get_rng_state();
            return state.data<byte>().ToArray();
        }
    }
}
