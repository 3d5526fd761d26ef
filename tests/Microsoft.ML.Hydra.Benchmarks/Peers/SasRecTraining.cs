using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>One training step of a SASRec: forward, cross-entropy over all items, backward, clip, AdamW.</summary>
internal sealed class SasRecTraining : IEntrant
{
    private readonly SasRec _model;
    private readonly CatalogSoftmax _softmax;
    private readonly IDisposable _optimizer;
    private readonly Action _move;
    private readonly Tensor _items;     // [B, L]
    private readonly Tensor _targets;   // [B · L]
    private ulong _steps;

    private SasRecTraining(SasRec model, CatalogSoftmax softmax, IDisposable optimizer, Action move, SequenceBatch batch)
    {
        (_model, _softmax, _optimizer, _move) = (model, softmax, optimizer, move);
        _items = tensor(Array.ConvertAll(batch.Items, item => (long)item)).view(batch.Lengths.Length, -1);
        _targets = tensor(batch.Targets);
    }

    public long Parameters => _model.NumberOfParameters;

    /// <summary>In torch operations only.</summary>
    public static SasRecTraining InTorch(SasRecSizes sizes, double dropout, SequenceBatch batch)
    {
        var model = new SasRec(sizes, dropout, new TorchParts());
        var defaults = new HydraSequenceRecommendationTrainer.Options();
        optim.Optimizer optimizer = optim.AdamW(
            model.parameters(), RaceModel.LearningRate, defaults.Beta1, defaults.Beta2, weight_decay: defaults.WeightDecay);
        return new SasRecTraining(model, TorchSoftmax.Run, optimizer, () => optimizer.step(), batch);
    }

    /// <summary>With our loss, optimiser, norms, feed-forward and matrix products; attention is torch's.</summary>
    public static SasRecTraining WithKernels(SasRecSizes sizes, double dropout, SequenceBatch batch, int threads)
    {
        var model = new SasRec(sizes, dropout, new FusedParts(threads));
        var defaults = new HydraSequenceRecommendationTrainer.Options();
        var optimizer = new AdamW(model.Weights, defaults.Beta1, defaults.Beta2, defaults.WeightDecay, threads);
        return new SasRecTraining(model, SoftmaxKernel.For(CPU, threads), optimizer, () => optimizer.Step(RaceModel.LearningRate), batch);
    }

    /// <summary>Takes a step.</summary>
    /// <returns>The loss before it.</returns>
    public double Step()
    {
        using DisposeScope scope = NewDisposeScope();
        _model.Dropout.Seed = _steps++;
        Tensor hidden = _model.call(_items);
        _model.Dropout.Seed = null;
        Tensor loss = _softmax(hidden, _model.ScoringTable(), _targets);
        _model.zero_grad(set_to_none: true);
        loss.backward();
        nn.utils.clip_grad_norm_(_model.parameters(), RaceModel.MaximumGradientNorm);
        _move();
        return loss.item<float>();
    }

    public void Run() => Step();

    public void Dispose()
    {
        _items.Dispose();
        _targets.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }
}

/// <summary>Cross-entropy over the catalogue as torch programs write it: all logits at once.</summary>
internal static class TorchSoftmax
{
    /// <inheritdoc cref="Microsoft.ML.Hydra.Compute.CatalogSoftmax"/>
    public static Tensor Run(Tensor queries, Tensor table, Tensor targets)
    {
        Tensor items = table.narrow(0, 1, table.shape[0] - 1);   // without the padding row
        return nn.functional.cross_entropy(queries.mm(items.t()), targets - 1);
    }
}
