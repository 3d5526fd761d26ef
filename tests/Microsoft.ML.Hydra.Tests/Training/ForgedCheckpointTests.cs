using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>Checkpoints with right checksums that no training left: each is one sentence, and nothing is written over.</summary>
public sealed class ForgedCheckpointTests : IClassFixture<ForgedCheckpointTests.Original>
{
    private readonly Checkpoint _original;

    public ForgedCheckpointTests(Original original) => _original = original.Checkpoint;

    public static TheoryData<string, string?> Texts => new()
    {
        { "fingerprint", null },
        { "steps", null },
        { "steps", "" },
        { "steps", "many" },
        { "steps", "0" },
        { "steps", "-1" },
        { "steps", "1.5" },
        { "steps", "99999999999999999999" },
        { "steps", " 3" },
        { "epochs", null },
        { "epochs", "" },
        { "epochs", "null" },
        { "epochs", "{}" },
        { "epochs", "[]" },
        { "epochs", "[null, null]" },
        { "epochs", "[1, 2]" },
        { "epochs", "[{}, {}]" },
        { "epochs", "[[[[[[" },
        { "epochs", """[{"Epoch":1,"IsBest":true},{"Epoch":3,"IsBest":true}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":true}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":false},{"Epoch":2,"IsBest":false}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":true,"Loss":"ten"},{"Epoch":2,"IsBest":true}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":true,"Loss":1e999},{"Epoch":99999999999,"IsBest":true}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":true,"Elapsed":"-1.00:00:00"},{"Epoch":2,"IsBest":true}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":true},{"Epoch":2,"IsBest":true,"Elapsed":"10675199.02:48:05.4775807"}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":true},{"Epoch":2,"IsBest":true,"Elapsed":"99999999.00:00:00"}]""" },
        { "epochs", """[{"Epoch":1,"IsBest":true,"Elapsed":"yesterday"},{"Epoch":2,"IsBest":true}]""" },
    };

    public static TheoryData<string, string> Tensors => new()
    {
        { "gone", "is missing" },
        { "gone best", "is missing" },
        { "gone moment", "is missing" },
        { "none", "is missing" },
        { "foreign", "is not one of this training" },
        { "shape", "has the shape" },
        { "scalar", "has the shape" },
        { "empty", "has the shape" },
        { "double", "F64 elements" },
        { "integers", "I32 elements" },
        { "NaN", "not finite" },
        { "infinite best", "not finite" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_that_no_training_writes_is_one_sentence(string key, string? text)
    {
        var metadata = new Dictionary<string, string>(_original.Metadata);
        metadata.Remove(key);
        if (text is not null)
        {
            metadata.Add(key, text);
        }

        AssertRefused(_original with { Metadata = metadata }, string.Empty);
    }

    [Theory]
    [MemberData(nameof(Tensors))]
    public void A_tensor_that_no_training_writes_is_one_sentence(string change, string because)
    {
        List<NamedTensor> tensors = [.. _original.Tensors];
        int model = tensors.FindIndex(t => t.Name == "model.final_norm.weight");
        int best = tensors.FindIndex(t => t.Name == "best.final_norm.weight");
        int moment = tensors.FindIndex(t => t.Name == "optimizer.final_norm.weight.first_moment");
        (int place, Func<NamedTensor, NamedTensor?> forge) = change switch
        {
            "gone" => (model, _ => null),
            "gone best" => (best, _ => null),
            "gone moment" => (moment, _ => null),
            "none" => (-1, _ => null),
            "foreign" => (model, t => new NamedTensor("model.other", t.Shape, t.Data)),
            "shape" => (model, t => new NamedTensor(t.Name, [1, .. t.Shape], t.Data)),
            "scalar" => (moment, t => new NamedTensor(t.Name, [], new float[1])),
            "empty" => (best, t => new NamedTensor(t.Name, [0], Array.Empty<float>())),
            "double" => (moment, t => new NamedTensor(t.Name, t.Shape, new double[t.Data.Length])),
            "integers" => (best, t => new NamedTensor(t.Name, t.Shape, new int[t.Data.Length])),
            "NaN" => (model, t => Filled(t, float.NaN)),
            "infinite best" => (best, t => Filled(t, float.NegativeInfinity)),
            _ => ((int, Func<NamedTensor, NamedTensor?>))(0, t => t),
        };
        NamedTensor[] forged = [.. tensors.Select((t, i) => i == place || place < 0 ? forge(t) : t).OfType<NamedTensor>()];

        AssertRefused(_original with { Tensors = forged }, because);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PK\u0003\u0004 another file")]
    [InlineData("\u0002\0\0\0\0\0\0\0{}")]
    public void Files_of_something_else_are_one_sentence_and_stay(string content)
    {
        using var directory = new TemporaryDirectory();
        foreach (string name in new[] { "epoch-000001.safetensors", "epoch-000009.safetensors" })
        {
            File.WriteAllText(directory[name], content);
        }

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new SmallRun(Options(directory, resume: true)).Train());

        Assert.StartsWith(
            $"CheckpointDirectory '{directory.FullName}' holds no checkpoint that can be used: The checkpoint '{directory["epoch-000009.safetensors"]}' was skipped: ", error.Message, StringComparison.Ordinal);
        Assert.Equal([content, content], directory.FileNames.Select(name => File.ReadAllText(directory[name])));
    }

    [Fact]
    public void The_checkpoint_itself_is_resumed()
    {
        using var directory = new TemporaryDirectory();
        new CheckpointStore(directory.FullName, 1).Save(_original);

        Assert.Equal(4, new SmallRun(Options(directory, resume: true)).Train().Epochs.Count);
    }

    [Fact]
    public void Two_runs_do_not_write_one_directory()
    {
        using var directory = new TemporaryDirectory();
        Exception? second = null;
        var first = new SmallRun(Options(directory, resume: false))
        {
            IsCancelled = run =>
            {
                second ??= run.Epochs.Count == 1 ? Record.Exception(new SmallRun(Options(directory, resume: true)).Train) : null;
                return false;
            },
        };

        first.Train();

        Assert.Contains("is in use by another training", Assert.IsType<InvalidOperationException>(second).Message, StringComparison.Ordinal);
        Assert.Equal(2, directory.FileNames.Length);
        Assert.Equal(4, new SmallRun(Options(directory, resume: true)).Train().Epochs.Count);
    }

    private static void AssertRefused(Checkpoint forged, string because)
    {
        using var directory = new TemporaryDirectory();
        new CheckpointStore(directory.FullName, 1).Save(forged);
        byte[] before = File.ReadAllBytes(directory[directory.FileNames[0]]);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new SmallRun(Options(directory, resume: true)).Train());

        Assert.StartsWith("The checkpoint of epoch 2 in CheckpointDirectory is not one that a training left: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(before, File.ReadAllBytes(directory[Assert.Single(directory.FileNames)]));
    }

    private static NamedTensor Filled(NamedTensor tensor, float value) =>
        new(tensor.Name, tensor.Shape, Enumerable.Repeat(value, tensor.Data.Length).ToArray());

    private static TrainerOptions Options(TemporaryDirectory directory, bool resume) =>
        SmallRun.SmallOptions(o => (o.CheckpointDirectory, o.ResumeFromCheckpoint) = (directory.FullName, resume));

    /// <summary>The checkpoint of the second of four epochs.</summary>
    public sealed class Original
    {
        public Original()
        {
            using var directory = new TemporaryDirectory();
            Assert.Throws<OperationCanceledException>(new SmallRun(Options(directory, resume: false)) { IsCancelled = run => run.Epochs.Count == 2 }.Train);
            Assert.True(new CheckpointStore(directory.FullName, 2).TryLoadLatest(out Checkpoint? checkpoint, out _));
            Checkpoint = checkpoint;
        }

        internal Checkpoint Checkpoint { get; }
    }
}
