using System.Text;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Training;
using Microsoft.ML.Hydra.Tuning;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Search spaces as JSON, mutated. One that is accepted must survive writing and give options in their ranges.</summary>
internal sealed class SearchSpaceCases : ICaseKind
{
    public const string KindName = "space";

    private static readonly byte[][] s_samples =
    [
        Encoding.UTF8.GetBytes(HydraSearchSpace.Default.ToJson()),
        """
        {
          // a space by hand
          "LearningRate": { "logUniform": [0.001, 0.01] }, "DropoutRate": [0.1, null], "WeightDecay": { "uniform": [0, 0.1] },
          "NumberOfLayers": { "integers": [1, 4] }, "UseItemGate": [true, false], "Loss": ["Softmax", "SampledSoftmax"], "Temperature": [0.05, 1],
        }
        """u8.ToArray(),
    ];

    private readonly JsonDamage[] _damage = [.. s_samples.Select(sample => new JsonDamage(sample))];
    private readonly TrainerOptions _base = SmallTraining.Options();

    public string Name => KindName;

    public Verdict Try(long number, Action<string> describe)
    {
        Random random = Damage.Generator(KindName, number);
        int sample = random.Next(s_samples.Length);
        byte[] bytes = random.Next(6) == 0 ? Damage.Bytes(s_samples[sample], random) : _damage[sample].Apply(random);
        string json = Encoding.UTF8.GetString(bytes);
        describe($"space: {json.ReplaceLineEndings(" ")}");
        HydraSearchSpace space;
        try
        {
            space = HydraSearchSpace.FromJson(json);
        }
        catch (ArgumentException error)
        {
            return Refusal.Check(error);
        }

        string written = space.ToJson();
        if (HydraSearchSpace.FromJson(written).ToJson() != written)
        {
            throw new WrongResultException($"A space changed when it was written and read: {written}");
        }

        var configurations = new ConfigurationSequence(space.Parameters, _base, new RandomStreams(random.Next()));
        for (int i = 0; i < 3 && configurations[i] is { } configuration; i++)
        {
            OptionRanges.Check(configuration.Apply(_base));
        }

        return Verdict.Works;
    }
}
