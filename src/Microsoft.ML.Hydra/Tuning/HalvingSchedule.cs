namespace Microsoft.ML.Hydra.Tuning;

/// <summary>
/// Successive halving (arXiv 1502.07943), bracket after bracket: in each, new configurations train briefly, the best of them, one in
/// <c>η</c>, train <c>η</c> times as long, and so on up to the full length. The trials and their order depend on the results
/// alone; a budget only says where they end.
/// </summary>
internal sealed class HalvingSchedule
{
    private readonly int _reductionFactor;

    /// <param name="fullEpochs">Epochs of the last rung.</param>
    /// <param name="minimumEpochs">Fewest epochs of the first rung.</param>
    /// <param name="reductionFactor"><c>η</c>, 2 or more.</param>
    /// <param name="configurations">New configurations a bracket; 0 for as many as leave one on the last rung.</param>
    public HalvingSchedule(int fullEpochs, int minimumEpochs, int reductionFactor, int configurations)
    {
        _reductionFactor = reductionFactor;
        var epochs = new List<int> { fullEpochs };
        for (long divisor = reductionFactor; ; divisor *= reductionFactor)
        {
            int next = (int)((fullEpochs + divisor - 1) / divisor);
            if (next < minimumEpochs || next == epochs[0])
            {
                break;
            }

            epochs.Insert(0, next);
        }

        Epochs = epochs;
        Configurations = configurations > 0 ? configurations : (int)Math.Min(Math.Pow(reductionFactor, epochs.Count - 1), int.MaxValue);
    }

    /// <summary>Epochs of the rungs, rising to the full length.</summary>
    public IReadOnlyList<int> Epochs { get; }

    /// <summary>New configurations a bracket.</summary>
    public int Configurations { get; }

    /// <summary>The trials in their order; the result of one must be there when the next is asked for.</summary>
    /// <param name="exists">Whether there is a configuration of a number; when there is none, there is none of a higher one.</param>
    /// <param name="ndcg">The result of a trial; null for one that failed and goes no further.</param>
    public IEnumerable<TrialPlan> Plans(Func<int, bool> exists, Func<TrialPlan, double?> ndcg)
    {
        yield return new TrialPlan(0, Epochs[^1]);
        for (long next = 1; next < int.MaxValue && exists((int)next); next += Configurations)
        {
            int first = (int)next;

            // New ones are made as they are asked for: a bracket may be larger than any budget.
            IEnumerable<int> contestants = Enumerable.Range(first, Math.Min(Configurations, int.MaxValue - first)).TakeWhile(exists);
            foreach (int epochs in Epochs)
            {
                var tried = new List<int>();
                foreach (int configuration in contestants)
                {
                    yield return new TrialPlan(configuration, epochs);
                    tried.Add(configuration);
                }

                contestants = Promoted(tried, configuration => ndcg(new TrialPlan(configuration, epochs)));
            }
        }
    }

    // Best first, so that a budget that ends early was spent on the best; equal ones by their number.
    private int[] Promoted(List<int> contestants, Func<int, double?> ndcg) =>
    [
        .. contestants.Where(configuration => ndcg(configuration) is not null)
            .OrderByDescending(ndcg).ThenBy(configuration => configuration)
            .Take(Math.Max(contestants.Count / _reductionFactor, 1)),
    ];
}

/// <summary>A trial to come.</summary>
/// <param name="Configuration">Number of its configuration; 0 is that of the base options.</param>
/// <param name="Epochs">Most epochs that it may train.</param>
internal readonly record struct TrialPlan(int Configuration, int Epochs);
