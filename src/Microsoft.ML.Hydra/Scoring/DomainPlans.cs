using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>What a model of several domains recommends in each. Safe for many threads; the plan of a domain is made when it is first needed.</summary>
/// <param name="domains">The domains.</param>
/// <param name="column">The column of the input with the domain of a row.</param>
/// <param name="create">Makes the plan of a domain, which has no <see cref="RecommendationPlan.Domains"/> itself.</param>
internal sealed class DomainPlans(ItemDomains domains, string column, Func<int, RecommendationPlan> create)
{
    private readonly RecommendationPlan?[] _plans = new RecommendationPlan[domains.Count];

    /// <summary>The column of the input with the domain of a row.</summary>
    public string Column => column;

    /// <summary>Number of domains.</summary>
    public int Count => domains.Count;

    /// <summary>What is recommended in a domain.</summary>
    public RecommendationPlan Of(int domain) => _plans[domain] ??= create(domain);

    /// <summary>The domain of a row.</summary>
    /// <param name="name">Its name; null where it is missing.</param>
    /// <param name="position">Number of the row, from 0.</param>
    /// <exception cref="InvalidOperationException">It is missing, or the model does not know it.</exception>
    public int Find(string? name, long position)
    {
        int domain = name is null ? ItemDomains.None : domains.IndexOf(name);
        return domain >= 0 ? domain : throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"Row {position + 1} {(name is null ? "has no domain" : $"has the domain \"{name}\"")} in column \"{column}\", but the model recommends in the domains {domains.Describe()}; write one of them, or leave the row out."));
    }
}
