using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;
using TorchSharp;
using AdamW = Microsoft.ML.Hydra.Training.AdamW;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// What a tuning has reached after a pass: weights, best weights, moments, temperature and the passes. Written after each pass; randomness and the bank of
/// vectors need no state, as both follow from the seed, the pass and the weights.
/// </summary>
internal sealed class TuningState(TuningInputs inputs, TuningSettings settings, TunableEncoder encoder, AdamW optimizer, TemperatureStep temperature) : IDisposable
{
    private const string Current = "model.";
    private const string Best = "best.";
    private const string Moments = "optimizer.";
    private const string TemperatureName = "temperature";

    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly List<TextTuningPass> _passes = [];
    private readonly CheckpointStore? _store = settings.CheckpointPath is null ? null : new CheckpointStore(settings.CheckpointPath, keepLast: 2);
    private readonly Dictionary<string, Tensor> _best = encoder.Trained.ToDictionary(weight => weight.Name, weight => Clone(weight.Value));

    /// <summary>The passes so far, pass 0 first.</summary>
    public IReadOnlyList<TextTuningPass> Passes => _passes;

    /// <summary>Enters the directory of checkpoints and restores the newest one, if there is one.</summary>
    /// <returns>Leaves the directory when it is disposed.</returns>
    /// <exception cref="InvalidOperationException">The directory cannot be used, or holds checkpoints of another tuning.</exception>
    public IDisposable? TryResume()
    {
        if (_store is null)
        {
            return null;
        }

        IDisposable entered = _store.Prepare();
        try
        {
            if (_store.TryLoadLatest(out Checkpoint? checkpoint, out _))
            {
                Restore(checkpoint);
            }

            return entered;
        }
        catch
        {
            entered.Dispose();
            throw;
        }
    }

    /// <summary>Adds a pass, keeps its weights if none was better, and writes the checkpoint.</summary>
    public TextTuningPass Add(double loss, double ndcg, TimeSpan duration)
    {
        double best = _passes.Count == 0 ? double.NegativeInfinity : _passes.Where(known => known.IsBest).Select(known => known.ValidationNdcgAt10).Last();
        bool isBest = double.IsNaN(ndcg) || ndcg > best || _passes.Count == 0;
        TimeSpan before = _passes.Count == 0 ? TimeSpan.Zero : _passes[^1].Elapsed;
        var pass = new TextTuningPass(_passes.Count, loss, temperature.Value, ndcg, before + duration, isBest);
        _passes.Add(pass);
        if (isBest)
        {
            KeepBest();
        }

        _store?.Save(new Checkpoint(
            pass.Pass + 1,
            new Dictionary<string, string>
            {
                ["fingerprint"] = Fingerprint(),
                ["steps"] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
                ["passes"] = JsonSerializer.Serialize(_passes, s_json),
            },
            [
                .. Take(Current),
                .. encoder.Trained.Select(weight => TunableModel.Copy(Best + weight.Name, _best[weight.Name])),
                .. optimizer.State.Select(moment => TunableModel.Copy(Moments + moment.name, moment.value)),
                new NamedTensor(TemperatureName, [temperature.State.Length], temperature.State),
            ]));
        return pass;
    }

    /// <summary>Puts the weights of the best pass into the model.</summary>
    public void UseBest()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter value) in encoder.Trained)
        {
            value.copy_(_best[name]);
        }
    }

    public void Dispose()
    {
        foreach (Tensor weight in _best.Values)
        {
            weight.Dispose();
        }
    }

    private void KeepBest()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter value) in encoder.Trained)
        {
            _best[name].copy_(value);
        }
    }

    private static Tensor Clone(Parameter weight)
    {
        using IDisposable noGradient = no_grad();
        return weight.clone().DetachFromDisposeScope();
    }

    private IEnumerable<NamedTensor> Take(string prefix) => encoder.Trained.Select(weight => TunableModel.Copy(prefix + weight.Name, weight.Value));

    private static void Put(NamedTensor from, Tensor to)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        to.copy_(torch.tensor(from.Values<float>(), from.Shape.ToArray()).to(to.dtype));
    }

    private void Restore(Checkpoint checkpoint)
    {
        if (checkpoint.Metadata.GetValueOrDefault("fingerprint") != Fingerprint())
        {
            throw new InvalidOperationException(
                $"CheckpointPath '{settings.CheckpointPath}' holds a checkpoint of a tuning with other data, another encoder or other options; resume with the same ones, or choose an empty directory.");
        }

        TextTuningPass[] passes = ReadPasses(checkpoint);
        Dictionary<string, NamedTensor> tensors = CheckTensors(checkpoint);
        long steps = long.TryParse(checkpoint.Metadata.GetValueOrDefault("steps"), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Invalid(checkpoint, "it has no number of steps");
        foreach ((string name, Tensor value) in Places())
        {
            Put(tensors[name], value);
        }

        optimizer.Steps = steps;
        temperature.Restore(tensors[TemperatureName].Values<double>());
        _passes.AddRange(passes);
    }

    // Where the tensors of a checkpoint go, by their names in it
    private IEnumerable<(string Name, Tensor Value)> Places() =>
    [
        .. encoder.Trained.SelectMany(weight => new[] { (Current + weight.Name, (Tensor)weight.Value), (Best + weight.Name, _best[weight.Name]) }),
        .. optimizer.State.Select(moment => (Moments + moment.name, moment.value)),
    ];

    private TextTuningPass[] ReadPasses(Checkpoint checkpoint)
    {
        TextTuningPass?[]? passes = null;
        try
        {
            passes = JsonSerializer.Deserialize<TextTuningPass?[]>(checkpoint.Metadata.GetValueOrDefault("passes", "null"), s_json);
        }
        catch (Exception cause) when (cause is JsonException or NotSupportedException)
        {
        }

        return passes is { Length: > 0 } && passes.Length == checkpoint.Epoch && !passes.Where((pass, i) => pass?.Pass != i).Any() && passes[0]!.IsBest
            ? [.. passes.OfType<TextTuningPass>()]
            : throw Invalid(checkpoint, FormattableString.Invariant($"it does not describe passes 0 to {checkpoint.Epoch - 1}"));
    }

    // All are checked before the first of them is used.
    private Dictionary<string, NamedTensor> CheckTensors(Checkpoint checkpoint)
    {
        Dictionary<string, NamedTensor> tensors = checkpoint.Tensors.ToDictionary(tensor => tensor.Name);
        foreach ((string name, Tensor value) in Places())
        {
            if (!tensors.TryGetValue(name, out NamedTensor? tensor) || !tensor.Shape.SequenceEqual(value.shape) || tensor.Data is not float[])
            {
                throw Invalid(checkpoint, $"it has no float32 tensor '{name}' of the shape {TensorShape.Text(value.shape)}");
            }
        }

        return tensors.TryGetValue(TemperatureName, out NamedTensor? state) && state.Data is double[] values && values.Length == temperature.State.Length && state.IsFinite()
            ? tensors
            : throw Invalid(checkpoint, "it has no temperature");
    }

    private InvalidDataException Invalid(Checkpoint checkpoint, string finding) => new(
        $"The checkpoint of pass {checkpoint.Epoch - 1} in CheckpointPath '{settings.CheckpointPath}' is not one that a tuning left: {finding}; delete its file to resume from the one before it, or choose an empty directory.");

    // What a resumed tuning must have in common with the one that it continues.
    private string Fingerprint()
    {
        using var digest = new ContentDigest();
        digest.Add((settings with { CheckpointPath = null, NumberOfThreads = 1 }).ToString());
        digest.Add(inputs.Pooling.ToString());
        foreach ((_, NamedTensor tensor) in inputs.Weights.Tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            digest.Add(tensor);
        }

        foreach (int[]? tokens in inputs.Tokens)
        {
            digest.Add(tokens?.Length ?? -1);
            digest.Add(MemoryMarshal.AsBytes<int>(tokens));
        }

        digest.Add(MemoryMarshal.AsBytes<int>(inputs.Domains));
        for (int sequence = 0; sequence < inputs.Data.Sequences.Count; sequence++)
        {
            ReadOnlySpan<int> items = inputs.Data.Sequences[sequence];
            digest.Add(items.Length);
            digest.Add(MemoryMarshal.AsBytes(items));
        }

        return digest.Take();
    }
}
