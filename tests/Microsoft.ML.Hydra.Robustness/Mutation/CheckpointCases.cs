using System.Globalization;
using System.Text;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Models;
using Microsoft.ML.Hydra.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Checkpoints of a training, mutated in texts, tensors or bytes and restored into a model. Their checksum is right where they can be read at all.</summary>
internal sealed class CheckpointCases : ICaseKind
{
    public const string KindName = "checkpoint";

    private const string Fingerprint = "0123456789ABCDEF";
    private static readonly string[] s_oddTexts = ["", "-1", "0", "1e3", "NaN", "9223372036854775808", "null", "[]", "[null]", "{}", "[{}]", "x", " 3", "2147483648"];

    private readonly HydraModel _model;
    private readonly AdamW _optimizer;
    private readonly Checkpoint _sample;
    private readonly SafetensorsDamage _tensors;
    private readonly JsonDamage _epochs;
    private readonly byte[] _file;

    public CheckpointCases()
    {
        NativeTorch.EnsureLoaded();
        FittedModel fitted = SampleModel.All[0].Model;
        _model = new HydraModel(ResolvedOptions.SizesFor(fitted.Options, fitted.Vocabulary.Count), ModelKernels.For(CPU, 1), seed: 1, dropoutRate: 0);
        _optimizer = new AdamW(_model.Weights, 0.9, 0.98, 0, degreeOfParallelism: 1) { Steps = 12 };
        ModelWeights.Import(_model, fitted.Weights);
        var progress = new TrainingProgress { BestWeights = fitted.Weights };
        progress.Epochs.AddRange(fitted.Epochs);
        _sample = TrainingState.Take(_model, _optimizer, progress, Fingerprint);
        _file = Bytes(_sample.Write);
        _tensors = new SafetensorsDamage(Bytes(new SafetensorsFile(_sample.Tensors).Write));
        _epochs = new JsonDamage(Encoding.UTF8.GetBytes(_sample.Metadata["epochs"]));
    }

    public string Name => KindName;

    public Verdict Try(long number, Action<string> describe)
    {
        Random random = Damage.Generator(KindName, number);
        (byte[] bytes, string done) = Mutate(random);
        describe($"checkpoint: {done}");
        try
        {
            Checkpoint checkpoint = Checkpoint.Read(new MemoryStream(bytes, writable: false));
            TrainingProgress progress = TrainingState.Restore(checkpoint, _model, _optimizer, Fingerprint);
            CheckResumable(checkpoint, progress);
            return Verdict.Works;
        }
        catch (Exception error) when (error is InvalidDataException || (error is InvalidOperationException && error.Message.Contains("other data or other options", StringComparison.Ordinal)))
        {
            return Refusal.Check(error);
        }
    }

    // What a training that goes on from there relies on
    private void CheckResumable(Checkpoint checkpoint, TrainingProgress progress)
    {
        int epochs = progress.Epochs.Count;
        if (epochs != checkpoint.Epoch || _optimizer.Steps < 0 || progress.Epochs.Where((epoch, i) => epoch is null || epoch.Epoch != i + 1).Any())
        {
            throw new WrongResultException("A checkpoint was accepted whose epochs or steps cannot be.");
        }

        if (progress.BestWeights.Select(weight => weight.Name).Order().SequenceEqual(_model.Weights.Select(weight => weight.name).Order()) != progress.BestEpoch > 0)
        {
            throw new WrongResultException("A checkpoint was accepted whose best weights are not those of the model.");
        }
    }

    private (byte[] Bytes, string Done) Mutate(Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                return (Damage.Bytes(_file, random), "any bytes");
            case 1 or 2:
                byte[] tensors = _tensors.Apply(random);
                try
                {
                    SafetensorsFile file = SafetensorsFile.Read(new MemoryStream(tensors));
                    return (Bytes((_sample with { Tensors = file.Tensors }).Write), "tensors");
                }
                catch (InvalidDataException)
                {
                    return (tensors, "a tensor file that cannot be read");
                }

            case 3:
                string epochs = Encoding.UTF8.GetString(_epochs.Apply(random));
                return (WithText("epochs", epochs), "the epochs");
            case 4:
                string key = random.From([.. _sample.Metadata.Keys]), text = random.From(s_oddTexts);
                return random.Next(3) == 0 ? (WithText(key, null), $"without the text {key}") : (WithText(key, text), $"the text {key} is '{text}'");
            default:
                int epoch = random.From([0, 1, 3, 1000, int.MaxValue]);
                return (Bytes((_sample with { Epoch = epoch }).Write), string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}"));
        }
    }

    private byte[] WithText(string key, string? text)
    {
        var metadata = new Dictionary<string, string>(_sample.Metadata);
        if (text is null)
        {
            metadata.Remove(key);
        }
        else
        {
            metadata[key] = text;
        }

        return Bytes((_sample with { Metadata = metadata }).Write);
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
