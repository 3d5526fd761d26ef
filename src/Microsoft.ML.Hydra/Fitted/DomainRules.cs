using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>What may be asked of a model with several domains, and of one without.</summary>
internal static class DomainRules
{
    /// <summary>Throws where a model cannot recommend as options ask.</summary>
    /// <exception cref="ArgumentException">Recommendations across domains need one encoder for all.</exception>
    public static void Check(FittedModel model, RecommendationOptions options) => Check(options.AcrossDomains, model.NumberOfEncoders);

    /// <summary>Throws where a model with so many encoders cannot recommend across domains.</summary>
    /// <param name="acrossDomains">Whether it is to.</param>
    /// <param name="encoders">Encoders of sequences.</param>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public static void Check(bool acrossDomains, int encoders)
    {
        if (acrossDomains && encoders > 1)
        {
            throw new ArgumentException(
                $"AcrossDomains is set, but each of the {encoders} domains has a sequence model of its own, and scores of two models cannot be compared; leave it unset, or train with SeparateSequenceModels = false.");
        }
    }

    /// <summary>The number of a domain that a caller names.</summary>
    /// <param name="domains">The domains of the model; null for one.</param>
    /// <param name="name">The name; null for none.</param>
    /// <param name="isNeeded">Whether the model recommends in one domain at a time.</param>
    /// <returns><see cref="ItemDomains.None"/> where none is named and none is needed.</returns>
    /// <exception cref="ArgumentException">The model does not have the domain.</exception>
    /// <exception cref="InvalidOperationException">None is named and one is needed.</exception>
    public static int Find(ItemDomains? domains, string? name, bool isNeeded)
    {
        if (name is null)
        {
            return !isNeeded ? ItemDomains.None : throw new InvalidOperationException(
                $"The model recommends in the domains {domains!.Describe()}; name the one that the user is recommended items of, as in CreateState(\"{domains.Names[0]}\").");
        }

        int number = domains?.IndexOf(name) ?? ItemDomains.None;
        return number >= 0 ? number : throw new ArgumentException(domains is null
            ? $"Domain \"{name}\" is named, but the model has no domains; leave it out, or train with DomainColumnName."
            : $"Domain \"{name}\" is not one of the model's, which are {domains.Describe()}; name one of them, or train with rows of the new domain.");
    }
}
