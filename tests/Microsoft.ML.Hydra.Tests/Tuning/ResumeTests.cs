using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Tuning;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Tuning;

/// <summary>A search that ended goes on where it was, with what its journal holds.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string Journal => _folder["tuning.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_resumed_search_trains_only_what_is_missing_and_has_all_trials()
    {
        string[] whole = Texts(FakeTraining.Tune(FakeTraining.Options(trials: 20), FakeTraining.Metric));
        FakeTraining.Tune(Kept(trials: 11), FakeTraining.Metric);
        int trained = 0;

        HydraTuningResult resumed = FakeTraining.Tune(Kept(trials: 20, resume: true), options =>
        {
            trained++;
            return FakeTraining.Metric(options);
        });

        Assert.Equal(9, trained);
        Assert.Equal(whole, Texts(resumed));
        Assert.Equal(["tuning.jsonl"], _folder.FileNames);
    }

    [Fact]
    public void A_finished_search_resumed_gives_its_result_again()
    {
        HydraTuningResult first = FakeTraining.Tune(Kept(trials: 14), FakeTraining.Metric);
        byte[] journal = File.ReadAllBytes(Journal);

        HydraTuningResult again = FakeTraining.Tune(Kept(trials: 14, resume: true), _ => throw new InvalidOperationException("Nothing is to be trained."));

        Assert.Equal(Texts(first), Texts(again));
        Assert.Equal(first.Best.Number, again.Best.Number);
        Assert.Equal(journal, File.ReadAllBytes(Journal));
    }

    [Fact]
    public void Resuming_an_empty_directory_starts_afresh_and_an_open_seed_is_kept()
    {
        HydraTuningOptions options = Kept(trials: 4, resume: true);
        options.TrainerOptions.Seed = null;
        HydraTuningResult first = FakeTraining.Tune(options, FakeTraining.Metric);

        options = Kept(trials: 5, resume: true);
        options.TrainerOptions.Seed = null;
        HydraTuningResult second = FakeTraining.Tune(options, FakeTraining.Metric);

        Assert.Equal(first.BestOptions.Seed, second.BestOptions.Seed);
        Assert.Equal(Texts(first), Texts(second)[..4]);
    }

    [Fact]
    public void Time_spent_before_counts()
    {
        HydraTuningOptions options = Kept(trials: 1);
        FakeTraining.Tune(options, trainer =>
        {
            Thread.Sleep(300);
            return 0.5;
        });

        options = Kept(trials: 100, resume: true);
        options.Budget = TimeSpan.FromSeconds(0.2);
        HydraTuningResult result = FakeTraining.Tune(options, _ => throw new InvalidOperationException("Nothing is to be trained."));

        Assert.Equal(HydraTuningEnd.Budget, result.End);
        Assert.Single(result.Trials);
    }

    [Fact]
    public void A_directory_with_a_search_is_not_begun_anew()
    {
        FakeTraining.Tune(Kept(trials: 2), FakeTraining.Metric);

        Assert.Equal(
            $"The directory '{_folder.FullName}' already holds the journal of a search; resume that search, or choose another directory.",
            Assert.Throws<InvalidOperationException>(() => FakeTraining.Tune(Kept(trials: 2), FakeTraining.Metric)).Message);
    }

    [Fact]
    public void One_search_at_a_time_uses_a_directory() => FakeTraining.Tune(Kept(trials: 1), _ =>
    {
        string message = Assert.Throws<InvalidOperationException>(() => FakeTraining.Tune(Kept(trials: 1, resume: true), FakeTraining.Metric)).Message;
        Assert.StartsWith($"The tuning directory '{_folder.FullName}' cannot be used: ", message, StringComparison.Ordinal);
        return 0.5;
    });

    [Fact]
    public void Another_search_is_refused_with_what_differs()
    {
        FakeTraining.Tune(Kept(trials: 2), FakeTraining.Metric);

        AssertDiffers("the data", Kept(trials: 3, resume: true), customers: 6);
        AssertDiffers("LearningRate ({\"logUniform\":[0.001,0.1]} there, {\"logUniform\":[0.001,0.01]} here)", Kept(trials: 3, resume: true), HydraSearchSpace.FromJson("""{ "LearningRate": { "logUniform": [0.001, 0.01] } }"""));
        AssertDiffers("NumberOfLayers (nothing there, [1,2] here)", Kept(trials: 3, resume: true), FakeTraining.Space.WithChoices("NumberOfLayers", 1, 2));
        HydraTuningOptions other = Kept(trials: 3, resume: true);
        other.TrainerOptions.Seed = 6;
        AssertDiffers("Seed (5 there, 6 here)", other);
        other = Kept(trials: 3, resume: true);
        other.TrainerOptions.StateDimension = 16;
        AssertDiffers("StateDimension (32 there, 16 here)", other);
        other = Kept(trials: 3, resume: true);
        other.ReductionFactor = 2;
        AssertDiffers("Rungs ([1,3,9] there, [1,2,3,5,9] here)", other);
        FakeTraining.Tune(Kept(trials: 3, resume: true), FakeTraining.Metric);
    }

    [Theory]
    [InlineData("it is cut short", "")]
    [InlineData("it is cut short", "{}")]
    [InlineData("it does not match its digest", "{}\n{}\n")]
    [InlineData("it holds a line that cannot be read", "{}\nno json\n")]
    [InlineData("it holds a line that cannot be read", "{}\nnull\n")]
    [InlineData("it holds a line that cannot be read", "{}\n[]\n")]
    public void A_file_that_is_no_journal_is_one_error(string what, string content)
    {
        File.WriteAllText(Journal, content);

        AssertDamaged(what);
    }

    [Fact]
    public void Damage_anywhere_is_one_error()
    {
        FakeTraining.Tune(Kept(trials: 3), FakeTraining.Metric);
        byte[] intact = File.ReadAllBytes(Journal);
        for (int i = 0; i < intact.Length; i += 7)
        {
            File.WriteAllBytes(Journal, [.. intact[..i], (byte)(intact[i] ^ 1), .. intact[(i + 1)..]]);
            AssertDamaged("");
            File.WriteAllBytes(Journal, intact[..i]);
            AssertDamaged("");
        }
    }

    [Fact]
    public void A_journal_with_a_trial_of_another_search_is_one_error()
    {
        FakeTraining.Tune(Kept(trials: 3), FakeTraining.Metric);
        string[] lines = File.ReadAllLines(Journal)[..^1];
        lines[2] = lines[2].Replace("\"Configuration\":1", "\"Configuration\":2", StringComparison.Ordinal);
        Sign(lines);
        AssertDamaged("trial 2 is not one that this search makes");

        lines[0] = lines[0].Replace("\"HydraTuning\":1", "\"HydraTuning\":2", StringComparison.Ordinal);
        Sign(lines);
        AssertDamaged("it was written by another version of the library");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"Seconds\":1e300")]
    [InlineData("\"Seconds\":-1")]
    [InlineData("\"NdcgAt10\":2")]
    [InlineData("\"Epochs\":0")]
    [InlineData("\"BestEpoch\":10")]
    public void A_journal_with_numbers_that_no_trial_has_is_one_error(string change)
    {
        FakeTraining.Tune(Kept(trials: 3), FakeTraining.Metric);
        string[] lines = File.ReadAllLines(Journal)[..^1];
        lines[2] = change == "null" ? change : System.Text.RegularExpressions.Regex.Replace(lines[2], change.Split(':')[0] + ":[^,}]+", change);
        Sign(lines);

        AssertDamaged("it holds a line that cannot be read");
    }

    [Fact]
    public void A_new_search_does_not_go_on_from_checkpoints_whose_journal_is_gone()
    {
        string leftover = Path.Combine(_folder.FullName, "trial-0001", "epoch.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(leftover)!);
        File.WriteAllText(leftover, "of another search");
        var seen = new List<(bool Resumes, bool IsThere)>();

        FakeTraining.Tune(Kept(trials: 1), trainer =>
        {
            seen.Add((trainer.ResumeFromCheckpoint, File.Exists(leftover)));
            return 0.5;
        });

        Assert.Equal([(false, false)], seen);
    }

    [Fact]
    public void Words_and_numbers_of_the_items_are_part_of_the_search()
    {
        FakeTraining.Tune(With("red cup", 1), FakeTraining.Metric);

        AssertDiffers("what is known of the items (Items)", With("blue cup", 1));
        AssertDiffers("what is known of the items (Items)", With("red cup", 2));
        AssertDiffers("what is known of the items (Items)", Kept(trials: 4, resume: true));
        Assert.Equal(4, FakeTraining.Tune(With("red cup", 1), FakeTraining.Metric).Trials.Count);

        HydraTuningOptions With(string text, float number)
        {
            HydraTuningOptions options = Kept(trials: 4, resume: true);
            options.TrainerOptions.Items = Wares.LoadNumbers(new MLContext(), (Shelves.Name(1), text, [number, 5]), (Shelves.Name(2), "plate", [0, float.NaN]));
            return options;
        }
    }

    [Fact]
    public void Times_are_part_of_the_data()
    {
        string Of(long firstTime, string? column) => TuningRun.Fingerprint(
            SequenceReader.Read(
                new MLContext().Data.LoadFromEnumerable([new TimedRow { Items = ["a", "b", "c"], Timestamps = [firstTime, 20, 30] }]),
                new SequenceColumns("Items", column)), "Items");

        Assert.Equal(Of(10, "Timestamps"), Of(10, "Timestamps"));
        Assert.NotEqual(Of(10, "Timestamps"), Of(11, "Timestamps"));
        Assert.Equal(Of(10, null), Of(11, null));
        Assert.NotEqual(Of(10, null), Of(10, "Timestamps"));
    }

    private sealed class TimedRow
    {
        public string[] Items { get; set; } = [];

        public long[] Timestamps { get; set; } = [];
    }

    private void Sign(string[] lines)
    {
        string content = string.Join('\n', lines);
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content)));
        File.WriteAllText(Journal, $"{content}\n{{\"Sha256\":\"{digest}\"}}\n");
    }

    private void AssertDamaged(string what)
    {
        string message = Assert.Throws<InvalidDataException>(() => FakeTraining.Tune(Kept(trials: 3, resume: true), FakeTraining.Metric)).Message;
        Assert.StartsWith($"The journal '{Journal}' cannot be continued: {what}", message, StringComparison.Ordinal);
        Assert.EndsWith("; choose another directory, or delete this one to begin anew.", message, StringComparison.Ordinal);
    }

    private void AssertDiffers(string what, HydraTuningOptions options, HydraSearchSpace? space = null, int customers = 5) =>
        Assert.Equal(
            $"The journal '{Journal}' is of another search, which differs in {what}; resume with the same data, search space and options, or choose another directory.",
            Assert.Throws<InvalidOperationException>(() => FakeTraining.Tune(options, FakeTraining.Metric, space, customers)).Message);

    private HydraTuningOptions Kept(int trials, bool resume = false)
    {
        HydraTuningOptions options = FakeTraining.Options(trials);
        (options.Directory, options.Resume) = (_folder.FullName, resume);
        return options;
    }

    private static string[] Texts(HydraTuningResult result) => [.. result.Trials.Select(FakeTraining.Text)];
}
