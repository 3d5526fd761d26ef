using System.IO.Compression;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Models;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tests.Persistence;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>
/// Saved models with one or two entries mutated and a manifest that fits them. Most are read from memory; one in fifty is a real zip that ML.NET loads, in
/// which the structure of the zip and the header of ML.NET are mutated too.
/// </summary>
internal sealed class ModelZipCases : ICaseKind
{
    public const string KindName = "zip";

    private const int OneZipIn = 50;
    private const int OneWithEncoderIn = 7;
    private const int OneWithDomainsIn = 13;

    private readonly MLContext _mlContext = new(seed: 1);
    private readonly (SampleModel Sample, EntryDamage Damage)[] _samples = [.. SampleModel.All.Select(sample => (sample, new EntryDamage(sample)))];
    private readonly (SampleModel Sample, EntryDamage Damage) _withEncoder = (SampleModel.WithEncoder, new EntryDamage(SampleModel.WithEncoder));
    private readonly (SampleModel Sample, EntryDamage Damage) _withDomains = (SampleModel.WithDomains, new EntryDamage(SampleModel.WithDomains));
    private readonly Dictionary<SampleModel, IReadOnlyDictionary<string, byte[]>> _zips = [];

    public string Name => KindName;

    public Verdict Try(long number, Action<string> describe)
    {
        Random random = Damage.Generator(KindName, number);
        (SampleModel sample, EntryDamage damage) =
            number % OneWithEncoderIn == OneWithEncoderIn - 1 ? _withEncoder : number % OneWithDomainsIn == OneWithDomainsIn - 1 ? _withDomains : random.From(_samples);
        bool isZip = number % OneZipIn == OneZipIn - 1;
        if (isZip && random.Next(2) == 0)
        {
            return TryStructure(sample, random, describe);
        }

        MemoryModelEntries entries = Mutate(sample, damage, random, out string done);
        describe($"model of {sample.Name}: {done}{(isZip ? ", as a zip" : string.Empty)}");
        return isZip ? TryZip(WithEntries(sample, entries), isOurs: true) : TryEntries(entries);
    }

    private static MemoryModelEntries Mutate(SampleModel sample, EntryDamage damage, Random random, out string done)
    {
        var entries = new MemoryModelEntries { Bytes = new(sample.Entries.Bytes), Seekable = random.Next(2) == 0 };
        var changed = new List<string>();
        for (int i = random.Next(5) == 0 ? 2 : 1; i > 0; i--)
        {
            string name = random.From(damage.Names);
            entries.Bytes[name] = damage.Apply(name, random);
            changed.Add(name);
        }

        if (random.Next(40) == 0)
        {
            string name = random.From(damage.Names), other = random.From(damage.Names);
            entries.Bytes[name] = sample.Entries.Bytes[other];
            changed.Add($"{other} as {name}");
        }

        if (random.Next(60) == 0)
        {
            string name = random.From(damage.Names);
            entries.Bytes.Remove(name);
            changed.Add($"{name} removed");
        }

        if (random.Next(30) > 0)
        {
            entries.Bytes[ModelEntry.Manifest.Name] = ManifestDamage.Fitting(entries.Bytes);
        }

        if (random.Next(15) == 0)
        {
            entries.Bytes[ModelEntry.Manifest.Name] = ManifestDamage.Apply(entries.Bytes, random);
            changed.Add(ModelEntry.Manifest.Name);
        }

        done = string.Join(", ", changed);
        return entries;
    }

    private Verdict TryEntries(MemoryModelEntries entries)
    {
        try
        {
            using var model = HydraSequenceRecommendationTransformer.Load(_mlContext, entries);
            return ModelCheck.Use(model);
        }
        catch (InvalidDataException error)
        {
            return Refusal.Check(error);
        }
    }

    // The zip itself and the entries that are ML.NET's
    private Verdict TryStructure(SampleModel sample, Random random, Action<string> describe)
    {
        Dictionary<string, byte[]> entries = new(Zip(sample));
        string name = random.From([.. entries.Keys]), what;
        byte[]? raw = null;
        switch (random.Next(5))
        {
            case 0:
                entries.Remove(name);
                what = $"without {name}";
                break;
            case 1:
                byte[] content = entries[name];
                entries.Remove(name);
                string renamed = random.From(["../" + name, name.ToUpperInvariant(), name.Replace('/', '\\'), "/" + name, name + "/", name + name, "TransformerChain/" + name]);
                entries[renamed] = content;
                what = $"{name} renamed to {renamed}";
                break;
            case 2:
                string header = entries.Keys.First(entry => entry.EndsWith("Model.key", StringComparison.Ordinal));
                entries[header] = Damage.Bytes(entries[header], random);
                what = $"{header} damaged";
                break;
            case 3:
                entries[name] = Damage.Bytes(entries[name], random);
                what = $"{name} damaged";
                break;
            default:
                raw = Damage.Bytes(Pack(entries), random);
                what = "bytes of the zip damaged";
                break;
        }

        describe($"zip of {sample.Name}: {what}");
        return TryZip(raw ?? Pack(entries), isOurs: false);
    }

    /// <param name="zip">The zip.</param>
    /// <param name="isOurs">Whether every refusal is the library's own. Damage to the zip and to the header of ML.NET is found by .NET and by ML.NET.</param>
    private Verdict TryZip(byte[] zip, bool isOurs)
    {
        ITransformer loaded;
        try
        {
            loaded = _mlContext.Model.Load(new MemoryStream(zip, writable: false), out _);
        }
        catch (Exception error) when (error.GetBaseException() is InvalidDataException own && (!isOurs || own.Message.Contains("saved ", StringComparison.Ordinal)))
        {
            return Refusal.Check(own);
        }
        catch (Exception error) when (!isOurs && !IsFromLibrary(error))
        {
            return Verdict.CleanError;
        }

        if (loaded is HydraSequenceRecommendationTransformer model)
        {
            using (model)
            {
                return ModelCheck.Use(model);
            }
        }

        // An empty chain is what ML.NET makes of a zip without the directory that it looks for.
        return !isOurs && loaded is IEnumerable<ITransformer> chain && !chain.Any() ? Verdict.Works : throw new WrongResultException("Something else than the model was loaded.");
    }

    private static bool IsFromLibrary(Exception error) =>
        error.GetBaseException().StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("at Microsoft.ML.", StringComparison.Ordinal))?.Contains("Microsoft.ML.Hydra.", StringComparison.Ordinal) == true;

    private byte[] WithEntries(SampleModel sample, MemoryModelEntries changed)
    {
        Dictionary<string, byte[]> entries = new(Zip(sample));
        string folder = entries.Keys.First(name => name.EndsWith(ModelEntry.Manifest.Name, StringComparison.Ordinal))[..^ModelEntry.Manifest.Name.Length];
        foreach (string name in sample.Entries.Bytes.Keys)
        {
            entries.Remove(folder + name);
        }

        foreach ((string name, byte[] content) in changed.Bytes)
        {
            entries[folder + name] = content;
        }

        return Pack(entries);
    }

    private IReadOnlyDictionary<string, byte[]> Zip(SampleModel sample)
    {
        if (!_zips.TryGetValue(sample, out IReadOnlyDictionary<string, byte[]>? entries))
        {
            using HydraSequenceRecommendationTransformer model = RandomModel.Transformer(_mlContext, sample.Model, sample.Denied);
            _zips[sample] = entries = SavedModel.Save(_mlContext, model).Entries();
        }

        return entries;
    }

    private static byte[] Pack(Dictionary<string, byte[]> entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
