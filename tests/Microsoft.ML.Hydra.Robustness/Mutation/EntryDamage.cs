using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Robustness.Models;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Mutators of the entries of one model, each of which knows what its entry holds.</summary>
internal sealed class EntryDamage(SampleModel sample)
{
    private const int FirstPriorNumber = 1;
    private const int PriorNumbers = 4;

    private readonly JsonDamage _options = new(sample.Entries.Bytes[ModelEntry.Options.Name]);
    private readonly SafetensorsDamage _weights = new(sample.Entries.Bytes[ModelEntry.Weights.Name]);

    private readonly SafetensorsDamage? _encoder = sample.Entries.Bytes.TryGetValue(ModelEntry.ItemEncoder.Name, out byte[]? encoder) ? new(encoder) : null;

    /// <summary>Names of the entries that can be mutated, the likelier ones more than once.</summary>
    public string[] Names { get; } =
    [
        ModelEntry.Options.Name, ModelEntry.Options.Name, ModelEntry.Vocabulary.Name, ModelEntry.Vocabulary.Name, ModelEntry.Popularity.Name, ModelEntry.Candidates.Name,
        ModelEntry.Weights.Name, ModelEntry.Weights.Name, ModelEntry.Weights.Name,
        .. sample.Entries.Bytes.ContainsKey(ModelEntry.Cooccurrence.Name) ? [ModelEntry.Cooccurrence.Name, ModelEntry.Cooccurrence.Name] : Array.Empty<string>(),
        .. sample.Entries.Bytes.ContainsKey(ModelEntry.ItemEncoder.Name) ? Enumerable.Repeat(ModelEntry.ItemEncoder.Name, 6) : [],
        .. sample.Entries.Bytes.ContainsKey(ModelEntry.Domains.Name) ? Enumerable.Repeat(ModelEntry.Domains.Name, 6) : [],
    ];

    /// <summary>A damaged copy of an entry.</summary>
    public byte[] Apply(string name, Random random)
    {
        byte[] source = sample.Entries.Bytes[name];
        if (name == ModelEntry.Options.Name)
        {
            return random.Next(12) == 0 ? Damage.Bytes(source, random) : _options.Apply(random);
        }

        if (name == ModelEntry.Weights.Name)
        {
            return _weights.Apply(random);
        }

        if (name == ModelEntry.ItemEncoder.Name)
        {
            return _encoder!.Apply(random);
        }

        if (name == ModelEntry.Vocabulary.Name)
        {
            return VocabularyDamage.Apply(source, sample.Model.Vocabulary.Count, random);
        }

        if (name == ModelEntry.Popularity.Name)
        {
            return random.Next(3) == 0 ? Damage.Bytes(source, random) : Damage.Words(source, 0, random, asSingles: false);
        }

        if (name == ModelEntry.Domains.Name)
        {
            return random.Next(2) == 0 ? Damage.Bytes(source, random) : Damage.Words(source, 0, random, asSingles: false);
        }

        if (name == ModelEntry.Candidates.Name)
        {
            return Candidates(source, random);
        }

        return random.Next(2) == 0 ? Damage.Double(source, FirstPriorNumber + (sizeof(double) * random.Next(PriorNumbers)), random) : Damage.Bytes(source, random);
    }

    // Masks of the right length with any bits, those past the last item and that of the padding row among them
    private byte[] Candidates(byte[] source, Random random)
    {
        if (random.Next(3) == 0)
        {
            return Damage.Bytes(source, random);
        }

        var mask = new byte[(sample.Model.Vocabulary.Count / 64 + 1) * sizeof(ulong)];
        switch (random.Next(3))
        {
            case 0: mask.AsSpan().Fill(0xFF); break;
            case 1: mask[random.Next(mask.Length)] = 1; break;
            default: random.NextBytes(mask); break;
        }

        return mask;
    }
}
