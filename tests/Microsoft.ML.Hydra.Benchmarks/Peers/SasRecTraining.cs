using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Data;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>One training step of a SASRec in torch operations only: forward, cross-entropy over all items, backward, clip, AdamW.</summary>
internal sealed class SasRecTraining : IEntrant
{
    private readonly SasRec _model;
    private readonly optim.Optimizer _optimizer;
    private readonly Tensor _items;     // [B, L]
    private readonly Tensor _classes;   // [B · L], from 0

    public SasRecTraining(SasRecSizes sizes, SequenceBatch batch)
    {
        _model = new SasRec(sizes, RaceModel.Dropout, new TorchParts());
        _optimizer = optim.AdamW(_model.parameters(), RaceModel.LearningRate, beta2: 0.98, weight_decay: 0);
        _items = tensor(Array.ConvertAll(batch.Items, item => (long)item)).view(batch.Lengths.Length, -1);
        _classes = tensor(batch.Targets) - 1;
    }

    public long Parameters => _model.NumberOfParameters;

    /// <summary>Takes a step.</summary>
    /// <returns>The loss before it.</returns>
    public double Step()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _model.call(_items);
        Parameter table = _model.ItemVectors;
        Tensor logits = hidden.mm(table.narrow(0, 1, table.shape[0] - 1).t());   // [B · L, items]
        Tensor loss = nn.functional.cross_entropy(logits, _classes);
        _model.zero_grad(set_to_none: true);
        loss.backward();
        nn.utils.clip_grad_norm_(_model.parameters(), RaceModel.MaximumGradientNorm);
        _optimizer.step();
        return loss.item<float>();
    }

    public void Run() => Step();

    public void Dispose()
    {
        _items.Dispose();
        _classes.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }
}
