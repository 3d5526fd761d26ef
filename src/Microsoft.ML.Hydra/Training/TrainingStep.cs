using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>One step: forward, loss, backward, clipping, update. Every tensor it makes lives in one dispose scope.</summary>
internal sealed class TrainingStep(
    ISequenceModel model, DomainLoss lossFunction, AdamW optimizer, RandomStreams random, double maximumGradientNorm, Device device)
{
    /// <summary>Trains on one batch.</summary>
    /// <returns>The mean loss over the batch's T predictions, before the step.</returns>
    /// <exception cref="NotFiniteNumberException">Loss or gradients are not finite; the weights are as before.</exception>
    public double Run(SequenceBatch batch, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable? held = model.HoldItemVectors();
        model.Dropout.Seed = random.Dropout(optimizer.Steps);
        Tensor hidden = model.Encode(new TokenBatch(batch.Items, batch.Positions, batch.Lengths, batch.Times) { Domain = batch.Domain });  // [T, d]
        model.Dropout.Seed = null;

        Tensor queries = model.ScoringQueries(hidden);
        Tensor loss = lossFunction.Compute(queries, model.ScoringTable(), batch, random.Negatives(optimizer.Steps), device);
        optimizer.ClearGradients();
        loss.backward();
        double gradientNorm = optimizer.ClipGradients(maximumGradientNorm);
        double value = loss.item<float>();
        if (!double.IsFinite(value) || !double.IsFinite(gradientNorm))
        {
            throw new NotFiniteNumberException($"loss {value}, gradient norm {gradientNorm}");
        }

        optimizer.Step(learningRate);
        return value;
    }
}
