using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Losses;
using Microsoft.ML.Hydra.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>One step: forward, loss, backward, clip, move. Every tensor it makes lives in one dispose scope.</summary>
internal sealed class TrainingStep(
    HydraModel model, NextItemLoss lossFunction, AdamW optimizer, RandomStreams random, double maximumGradientNorm, Device device)
{
    /// <summary>Trains on one batch.</summary>
    /// <returns>The mean loss over the batch's M predictions, before the step.</returns>
    /// <exception cref="NotFiniteNumberException">Loss or gradients are not finite; the weights are as before.</exception>
    public double Run(SequenceBatch batch, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        using var dropout = new Generator(random.Dropout(optimizer.Steps), device);
        Tensor items = tensor(batch.Items, device: device).view(batch.Size, batch.Length);          // [B, L]
        Tensor positions = tensor(batch.Positions, device: device).view(batch.Size, batch.Length);
        Tensor predicted = tensor(batch.Predicted, device: device);                                 // [M]
        Tensor targets = tensor(batch.Targets, device: device);

        model.Dropout.Generator = dropout;
        Tensor hidden = model.call(items, positions).view(-1, model.Sizes.Width);                   // [B·L, d]
        model.Dropout.Generator = null;

        Tensor queries = model.ScoringQueries(hidden.index_select(0, predicted));                   // [M, d]
        Tensor loss = lossFunction.Compute(queries, model.ScoringTable(), targets, random.Negatives(optimizer.Steps));
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
