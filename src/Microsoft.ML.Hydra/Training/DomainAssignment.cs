using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Finds the domain of every item of a training: that of its row in the view of items; else that in the earlier model; else that of the sequences it occurs in,
/// which must be one.
/// </summary>
internal static class DomainAssignment
{
    /// <summary>Puts sequences in their domains.</summary>
    /// <param name="data">The sequences as they were read, with the domain of each.</param>
    /// <param name="content">What the view of items says; null without one.</param>
    /// <param name="earlier">Domain of each item in the model to start from, by its row now, <see cref="ItemDomains.None"/> of others; null without one.</param>
    /// <param name="options">The options, for messages.</param>
    /// <exception cref="ArgumentException">An item occurs in sequences of two domains and nothing says where it belongs, or a domain has no sequence with an item of its own.</exception>
    public static SequenceData Apply(SequenceData data, ItemContent? content, int[]? earlier, TrainerOptions options)
    {
        if (data.DomainNames is null)
        {
            return data;
        }

        string[] names = data.DomainNames.All;
        var ofItem = new int[data.Vocabulary.Count + 1];
        for (int row = 0; row < ofItem.Length; row++)
        {
            int described = content is null ? ItemDomains.None : content.DomainOfItems[row];
            ofItem[row] = described >= 0 || earlier is null ? described : earlier[row];
        }

        AddFromSequences(data, names, ofItem, options);
        SequenceDataset placed = data.Dataset.InDomains(new ItemDomains(names, ofItem), data.DomainOfSequences);
        var hasSequences = new bool[names.Length];
        for (int sequence = 0; sequence < placed.Count; sequence++)
        {
            hasSequences[placed.DomainOf(sequence)] = true;
        }

        return data.DomainOfSequences.FirstOrDefault(domain => !hasSequences[domain], ItemDomains.None) is int empty and >= 0
            ? throw new ArgumentException(
                $"No sequence of domain \"{names[empty]}\" in column \"{options.DomainColumnName}\" has an item of that domain: Items says that all their items belong to others. Write the same names of domains in both.")
            : data with { Dataset = placed };
    }

    private static void AddFromSequences(SequenceData data, string[] names, int[] ofItem, TrainerOptions options)
    {
        bool[] isKnown = Array.ConvertAll(ofItem, domain => domain >= 0);
        for (int sequence = 0; sequence < data.Dataset.Count; sequence++)
        {
            int domain = data.DomainOfSequences[sequence];
            foreach (int row in data.Dataset[sequence])
            {
                if (!isKnown[row] && ofItem[row] >= 0 && ofItem[row] != domain)
                {
                    throw new ArgumentException(
                        $"Item {data.Vocabulary.NameOf(row)} of column \"{options.ItemsColumnName}\" occurs in sequences of domains \"{names[ofItem[row]]}\" and \"{names[domain]}\", but an item belongs to one: write its domain in Options.Items, or give it an id of its own in each domain.");
                }

                ofItem[row] = isKnown[row] ? ofItem[row] : domain;
            }
        }
    }
}
