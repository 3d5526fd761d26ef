using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Text;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The arguments that name a language model for the words of the items, and where its vectors are kept.</summary>
internal sealed class EncoderArguments
{
    private const string CacheSuffix = ".vectors";

    private readonly Option<string> _encoder = new("--encoder")
    {
        Description = "With --items: the folder of a language model in the Hugging Face layout (config.json, model.safetensors, tokenizer), as published or from 'hydra tune-text'. Its vector of the words of each item is used beside the words.",
        HelpName = "DIR",
    };

    private readonly Option<string> _cache = new("--encoder-cache")
    {
        Description = $"With --encoder: a file that keeps the vectors, so that only words that changed are encoded again. [default: the file of --items with {CacheSuffix} at the end]",
        HelpName = "FILE",
    };

    private readonly Option<string> _items;

    /// <param name="command">The command that has the arguments.</param>
    /// <param name="items">The argument that names the file of items.</param>
    public EncoderArguments(CliCommand command, Option<string> items)
    {
        _items = items;
        command.Add(_encoder);
        command.Add(_cache);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_cache) is not null && result.GetResult(_encoder) is null)
            {
                result.AddError("--encoder-cache keeps the vectors of --encoder, which is not given; give --encoder too.");
            }
        });
    }

    /// <summary>All arguments.</summary>
    public Option[] All => [_encoder, _cache];

    /// <summary>Whether an encoder is given.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_encoder) is not null;

    /// <summary>Adds the files of the encoder to those that the command reads, and the cache to those that it writes.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed)
    {
        string? directory = parsed.GetValue(_encoder);
        PlanFolder(plan, "--encoder", directory);
        return plan.Writes("--encoder-cache", directory is null ? null : CachePath(parsed));
    }

    /// <summary>Adds the files in a folder to those that a command reads.</summary>
    public static FilePlan PlanFolder(FilePlan plan, string argument, string? directory)
    {
        plan.Reads(argument, directory);
        foreach (string file in Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories) : [])
        {
            plan.Reads(argument, file);
        }

        return plan;
    }

    /// <summary>The items with the vector of their words, where an encoder is given.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="table">The items.</param>
    /// <param name="trained">The model that the items are for; null for one that is to be trained.</param>
    /// <param name="to">Where the text goes.</param>
    /// <param name="cancellationToken">Stops the encoding.</param>
    /// <exception cref="UserErrorException">The folder is not as expected, the file has no words, or the model was trained with another encoder.</exception>
    public ItemTable Encode(
        ParseResult parsed, ItemTable table, HydraModelParameters? trained, (IAnsiConsole Console, ErrorConsole Errors) to, CancellationToken cancellationToken)
    {
        TrainedVectors? expected = trained is null ? null : TrainedVectors.Of(trained);
        if (parsed.GetValue(_encoder) is not string directory)
        {
            return expected is null ? table : throw new UserErrorException(
                $"The model was trained with the vectors of an encoder whose identity begins with {expected.Identity}, so new items need them too; give the same folder with --encoder.");
        }

        if (trained is not null && expected is null)
        {
            throw new UserErrorException("The model was trained without an encoder, so it has no use for vectors of words; leave --encoder out.");
        }

        if (table.WordColumns.Count == 0)
        {
            throw new UserErrorException($"--encoder encodes words, but the {table.File.Name} has no column with words; leave --encoder out, or add such a column.");
        }

        using TextEncoder encoder = Open(directory);
        if (expected is not null && (!encoder.Identity.StartsWith(expected.Identity, StringComparison.Ordinal) || encoder.Dimension != expected.Dimension))
        {
            throw new UserErrorException(
                $"The identity of the encoder '{directory}' begins with {encoder.Identity[..expected.Identity.Length]}, but that of the encoder that the model was trained with begins with {expected.Identity}; give the folder that the model was trained with.");
        }

        return Encode(table, encoder, directory, CacheOrNone(parsed, to.Errors), to.Console, cancellationToken);
    }

    /// <summary>Opens the folder of a language model.</summary>
    /// <exception cref="UserErrorException">It is not as expected.</exception>
    public static TextEncoder Open(string directory)
    {
        try
        {
            return TextEncoder.FromFolder(directory);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The encoder '{directory}' cannot be used: {Failure.Describe(exception)}", exception);
        }
    }

    private static ItemTable Encode(
        ItemTable table, TextEncoder encoder, string directory, string? cache, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var mlContext = new MLContext();
        IDataView view = table.ToView(new HydraSequenceRecommendationTrainer.Options());
        IDataView encoded = mlContext.SequenceRecommendation().Text.Featurize("Vector", ["Text"], encoder, cache).Fit(view).Transform(view);
        var vectors = new List<float[]>(table.NumberOfItems);
        foreach (float[] vector in encoded.GetColumn<float[]>("Vector"))
        {
            cancellationToken.ThrowIfCancellationRequested();
            vectors.Add(vector);
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        encoded.Schema["Vector"].GetSlotNames(ref names);
        console.WriteLine(ReadingText.Printable(string.Create(
            CultureInfo.InvariantCulture,
            $"Encoded the words of {vectors.Count:N0} items with {directory} in {DurationText.Format(watch.Elapsed)}: {encoder.Dimension} numbers each{(cache is null ? string.Empty : $", kept in {cache}")}")));
        return table.WithVectors([.. names.DenseValues().Select(name => name.ToString())], vectors);
    }

    private string CachePath(ParseResult parsed) => parsed.GetValue(_cache) ?? parsed.GetRequiredValue(_items) + CacheSuffix;

    // The default need not be writable: the file of items may be in a folder of others.
    private string? CacheOrNone(ParseResult parsed, ErrorConsole errors)
    {
        string path = CachePath(parsed);
        if (parsed.GetValue(_cache) is not null)
        {
            return path;
        }

        try
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.WriteWarning($"The vectors are not kept, because '{path}' cannot be written: {Failure.Describe(exception).TrimEnd('.')}. Name another file with --encoder-cache.");
            return null;
        }
    }
}

/// <summary>
/// The vectors of words among the numbers that a model was trained with. They are known by their names, which begin with the identity of the encoder.
/// </summary>
/// <param name="Identity">The first digits of the encoder's identity.</param>
/// <param name="Dimension">Numbers of a vector.</param>
internal sealed partial record TrainedVectors(string Identity, int Dimension)
{
    /// <summary>The vectors of a model; null where it was trained without an encoder.</summary>
    /// <param name="model">The model.</param>
    public static TrainedVectors? Of(HydraModelParameters model)
    {
        Match[] matches = [.. model.ItemFeatureSlotNames.Select(name => Name().Match(name)).Where(match => match.Success)];
        return matches.Length == 0 ? null : new TrainedVectors(matches[0].Groups[1].Value, matches.Length);
    }

    /// <summary>The names of the other numbers of a model.</summary>
    public static IReadOnlyList<string> OtherNames(HydraModelParameters model) => [.. model.ItemFeatureSlotNames.Where(name => !Name().IsMatch(name))];

    [GeneratedRegex("^text ([0-9a-f]{12}) [0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
