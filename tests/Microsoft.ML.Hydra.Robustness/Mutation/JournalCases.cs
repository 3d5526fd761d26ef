using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Tuning;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Journals of a search, mutated in a line, with a right digest in most cases. Each is resumed by the whole search, with a training that only pretends.</summary>
internal sealed partial class JournalCases : ICaseKind
{
    public const string KindName = "journal";

    private const string FileName = "tuning.jsonl";
    private const int TrialsBefore = 5;
    private const int TrialsAfter = 8;

    private readonly MLContext _mlContext = new(seed: 1);
    private readonly IDataView _data;
    private readonly HydraSearchSpace _space = new HydraSearchSpace().WithLogUniform("LearningRate", 0.001, 0.1).WithIntegers("NumberOfLayers", 1, 2).WithChoices("DropoutRate", 0.1, 0.3, null);
    private readonly string[] _lines;
    private readonly JsonDamage[] _damage;

    public JournalCases()
    {
        _data = Shelves.Load(_mlContext, Shelves.Texts(customers: 6));
        using var directory = new TemporaryDirectory();
        Search(directory.FullName, TrialsBefore, resume: false);

        // Times differ from run to run.
        string[] lines = Seconds().Replace(File.ReadAllText(directory[FileName]), "\"Seconds\":1.5").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _lines = lines[..^1];
        _damage = [.. _lines.Select(line => new JsonDamage(Encoding.UTF8.GetBytes(line)))];
    }

    public string Name => KindName;

    public Verdict Try(long number, Action<string> describe)
    {
        Random random = Damage.Generator(KindName, number);
        (byte[] bytes, string done) = Mutate(random);
        describe($"journal: {done}");
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory[FileName], bytes);
        try
        {
            HydraTuningResult result = Search(directory.FullName, TrialsAfter, resume: true);
            return result.Trials.Count is > 0 and <= TrialsAfter && result.Trials.Select((trial, i) => trial.Number == i + 1).All(right => right)
                ? Verdict.Works
                : throw new WrongResultException($"The search ended after {result.Trials.Count} trials or numbered them wrongly.");
        }
        catch (Exception error) when (error is InvalidDataException || (error is InvalidOperationException && error.Message.Contains("is of another search", StringComparison.Ordinal)))
        {
            return File.ReadAllBytes(directory[FileName]).AsSpan().SequenceEqual(bytes) ? Refusal.Check(error) : throw new WrongResultException("A journal that was refused was changed.");
        }
    }

    private (byte[] Bytes, string Done) Mutate(Random random)
    {
        List<string> lines = [.. _lines];
        int place = random.Next(lines.Count);
        string done;
        switch (random.Next(8))
        {
            case 0:
                return (Damage.Bytes(Encoding.UTF8.GetBytes(WithDigest(lines)), random), "any bytes");
            case 1:
                lines.RemoveAt(place);
                done = $"without line {place + 1}";
                break;
            case 2:
                lines.Insert(place, random.From(lines));
                done = $"a line again as line {place + 1}";
                break;
            case 3:
                lines[place] = Encoding.UTF8.GetString(Damage.Bytes(Encoding.UTF8.GetBytes(lines[place]), random));
                done = $"bytes of line {place + 1}";
                break;
            default:
                lines[place] = Encoding.UTF8.GetString(_damage[place].Apply(random));
                done = string.Create(CultureInfo.InvariantCulture, $"values of line {place + 1}");
                break;
        }

        return (Encoding.UTF8.GetBytes(WithDigest(lines)), done);
    }

    private HydraTuningResult Search(string directory, int trials, bool resume)
    {
        TrainerOptions trainer = SmallTraining.Options();
        (trainer.NumberOfEpochs, trainer.Seed) = (4, 3);
        var options = new HydraTuningOptions
        {
            TrainerOptions = trainer, MaximumTrials = trials, MinimumEpochs = 1, ReductionFactor = 2, Directory = directory, Resume = resume,
        };
        return TuningRun.Run(_data, _space.Parameters, options, contextSeed: 1, Pretend);
    }

    private static TrialOutcome Pretend(TrainerOptions options) =>
        new(Math.Round(0.5 / (1 + Math.Abs(Math.Log((options.LearningRate ?? 0.01) / 0.01))), 4), options.NumberOfEpochs, options.NumberOfEpochs, TimeSpan.FromSeconds(1), null);

    private static string WithDigest(IReadOnlyList<string> lines)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        return string.Join('\n', [.. lines, $"{{\"Sha256\":\"{digest}\"}}", string.Empty]);
    }

    [GeneratedRegex("\"Seconds\":[0-9.eE+-]+")]
    private static partial Regex Seconds();
}
