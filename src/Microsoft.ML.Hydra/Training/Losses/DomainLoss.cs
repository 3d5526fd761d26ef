using Microsoft.ML.Hydra.Items;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// The loss of a batch within the domain of its sequences: only the items of that domain are compared, and only events that an item of that domain follows
/// count. A training without domains is one of a single domain, whose loss is that of the whole catalogue.
/// </summary>
internal sealed class DomainLoss
{
    private readonly ItemDomains? _domains;
    private readonly NextItemLoss[] _losses;    // of each domain, over the rows of its items

    private DomainLoss(ItemDomains? domains, NextItemLoss[] losses) => (_domains, _losses) = (domains, losses);

    /// <summary>The loss of one domain.</summary>
    public static DomainLoss Of(NextItemLoss loss) => new(null, [loss]);

    /// <summary>The loss of a training.</summary>
    /// <param name="domains">The domains; null for one.</param>
    /// <param name="itemCounts">Training events by item row, <c>[I + 1]</c>.</param>
    /// <param name="create">Makes the loss over some items, given the training events of each, padding first.</param>
    public static DomainLoss Create(ItemDomains? domains, int[] itemCounts, Func<int[], NextItemLoss> create) => domains is null
        ? Of(create(itemCounts))
        : new(domains, [.. Enumerable.Range(0, domains.Count).Select(domain => create(Array.ConvertAll(domains.Rows(domain), row => itemCounts[row])))]);

    /// <summary>Mean loss over the events of a batch that have a target.</summary>
    /// <param name="queries">Sequence vectors, <c>[T, d]</c>.</param>
    /// <param name="table">Item vectors, <c>[I + 1, d]</c>.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="random">Source of negatives.</param>
    /// <param name="device">Where the tensors lie.</param>
    public Tensor Compute(Tensor queries, Tensor table, SequenceBatch batch, Random random, Device device)
    {
        if (_domains is not { } domains)
        {
            return _losses[0].Compute(queries, table, tensor(batch.Targets, device: device), random);
        }

        long[] kept = [.. Enumerable.Range(0, batch.Targets.Length).Where(event_ => batch.Targets[event_] > 0).Select(event_ => (long)event_)];
        long[] places = [.. batch.Targets.Where(row => row > 0).Select(row => (long)domains.PlaceOf((int)row))];
        Tensor candidates = table.index_select(0, tensor(Array.ConvertAll(domains.Rows(batch.Domain), row => (long)row), device: device));    // [I_d + 1, d]
        Tensor asked = kept.Length == batch.Targets.Length ? queries : queries.index_select(0, tensor(kept, device: device));
        return _losses[batch.Domain].Compute(asked, candidates, tensor(places, device: device), random);
    }
}
