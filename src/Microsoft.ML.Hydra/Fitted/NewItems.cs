using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>What a model knows of its items besides the events, and how it takes in others.</summary>
/// <param name="Encoder">Makes vectors of items from their words and numbers.</param>
/// <param name="Codes">Directions of the mapped features of its items.</param>
/// <param name="Calibration">How items without events enter the model.</param>
internal sealed record ItemKnowledge(ItemEncoder Encoder, MappedCodes Codes, NewItemCalibration Calibration);

/// <summary>How items without events enter a model. Fitted on items that stood in for new ones.</summary>
/// <param name="Scale">Factor of the mapped features z of such an item in its vector, above 0.</param>
/// <param name="Power">The links to and from it weigh the cosine to this power, above 0.</param>
/// <param name="Share">… times this; 0 for no links.</param>
internal sealed record NewItemCalibration(double Scale, double Power, double Share)
{
    /// <summary>Without held-out events nothing can be fitted: the mapped features as they are.</summary>
    public static NewItemCalibration None { get; } = new(1, 1, 0);
}

/// <summary>
/// Items without events in a model: the vector of an item is <c>scale · z</c>, <c>z = W^T x</c>, and the prior links it to the items that are alike, and them
/// to it, by the cosine between their z. Known items keep their vectors. A number far from those of the training, such as a wrong price, makes z very long:
/// the vector is no longer than the longest of a known item, or the item would be the first or the last of every ranking.
/// </summary>
internal static class NewItems
{
    /// <summary>Most links from an item to new items, and from a new item to known ones.</summary>
    public const int MostLinks = 20;

    private const float LeastCosine = 0.05f;

    // Of a model without a prior of its own
    private const double UsualGain = 1000;
    private const double UsualWeight = 1;
    private static readonly CooccurrenceShape s_usualShape = new(CooccurrenceReach.Near, 0.3, 0.85);

    /// <summary>The model with the items that a view adds and that the encoder knows something of.</summary>
    /// <param name="model">The model, with an encoder.</param>
    /// <param name="content">What is known of items; its vocabulary begins with that of the model.</param>
    /// <param name="degreeOfParallelism">Most threads.</param>
    /// <param name="numberLeftOut">Receives how many of the added items the encoder knows nothing of: they are left out.</param>
    public static FittedModel Append(FittedModel model, ItemContent content, int degreeOfParallelism, out int numberLeftOut)
    {
        ItemEncoder encoder = model.Items!.Encoder;
        int known = model.Vocabulary.Count;
        var vectors = new float[content.Vocabulary.Count - known][];
        Parallel.For(0, vectors.Length, new ParallelOptions { MaxDegreeOfParallelism = degreeOfParallelism }, i =>
        {
            var vector = new float[encoder.Width];
            vectors[i] = encoder.Encode(content, known + 1 + i, vector) ? vector : [];
        });
        List<int> kept = [.. Enumerable.Range(0, vectors.Length).Where(i => vectors[i].Length > 0).Select(i => known + 1 + i)];

        numberLeftOut = content.Vocabulary.Count - known - kept.Count;
        if (kept.Count == 0)
        {
            return model;
        }

        ItemVocabulary vocabulary = numberLeftOut == 0 ? content.Vocabulary : content.Vocabulary.Keep(known, kept);
        int[] counts = [.. model.ItemCounts, .. new int[kept.Count]];
        ItemDomains? domains = model.Domains?.Append(kept.Select(row => content.DomainOfItems[row]));
        return Enter(model with { Vocabulary = vocabulary, ItemCounts = counts, Domains = domains }, [.. Enumerable.Range(known + 1, kept.Count)], [.. vectors.SelectMany(vector => vector)], degreeOfParallelism);
    }

    /// <summary>Lets items enter a model whose vocabulary has their rows.</summary>
    /// <param name="model">The model, with an encoder; its tables and its prior may end before the rows.</param>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="mapped">z of each, <c>[rows, d]</c>.</param>
    /// <param name="degreeOfParallelism">Most threads.</param>
    public static FittedModel Enter(FittedModel model, int[] rows, float[] mapped, int degreeOfParallelism)
    {
        (ItemKnowledge known, int items) = (model.Items!, model.Vocabulary.Count);
        (NewItemCalibration calibration, int width) = (known.Calibration, known.Encoder.Width);
        NamedTensor earlier = model.Weights.Single(weight => weight.Name == EncoderWeights.ItemVectors);
        var table = new float[(items + 1) * width];
        earlier.Values<float>().CopyTo(table, 0);
        double longest = Longest(table, width, rows);
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<float> z = mapped.AsSpan(i * width, width);
            double scale = Math.Min(calibration.Scale, longest / Math.Max(Length(z), float.Epsilon));
            for (int c = 0; c < width; c++)
            {
                table[(rows[i] * width) + c] = (float)(scale * z[c]);
            }
        }

        MappedCodes codes = known.Codes.Extend(items, rows, mapped);
        FittedModel entered = model with
        {
            Items = known with { Codes = codes },
            Weights = [.. model.Weights.Select(weight => weight == earlier ? new NamedTensor(earlier.Name, [items + 1, width], table) : weight)],
        };
        if (calibration.Share == 0)
        {
            return entered with { Prior = Extend(model.Prior, items) };
        }

        ItemLinks links = FindLinks(codes.ToVectors(), width, rows, calibration.Power, degreeOfParallelism, model.Domains);
        return entered with { Prior = WithLinks(model.Prior, items, links, calibration.Share) };
    }

    /// <summary>Links between new items and all others.</summary>
    /// <param name="table">z of all items, <c>[items + 1, d]</c>; zeros where nothing is known of an item.</param>
    /// <param name="width">d.</param>
    /// <param name="rows">Rows of the new items, ascending.</param>
    /// <param name="power">Power of the cosine.</param>
    /// <param name="degreeOfParallelism">Most threads.</param>
    /// <param name="domains">Only items of one domain are linked; null for one.</param>
    public static ItemLinks FindLinks(float[] table, int width, int[] rows, double power, int degreeOfParallelism, ItemDomains? domains = null) =>
        domains is null ? FindLinks(table, width, rows, power, degreeOfParallelism) : ItemLinks.Join(
            (table.Length / width) - 1,
            Enumerable.Range(0, domains.Count).Select(domain =>
            {
                int[] ofDomain = domains.Rows(domain), newRows = [.. rows.Where(row => domains.Of(row) == domain).Select(domains.PlaceOf)];
                float[] vectors = [.. ofDomain.SelectMany(row => new ArraySegment<float>(table, row * width, width))];
                return (ofDomain, FindLinks(vectors, width, newRows, power, degreeOfParallelism));
            }));

    private static ItemLinks FindLinks(float[] table, int width, int[] rows, double power, int degreeOfParallelism)
    {
        int items = (table.Length / width) - 1;
        var mapped = new float[(rows.Length + 1) * width];
        for (int i = 0; i < rows.Length; i++)
        {
            table.AsSpan(rows[i] * width, width).CopyTo(mapped.AsSpan((i + 1) * width));
        }

        // One more than is kept, as a new item is its own nearest
        NearestRows toNew = NearestRows.Find(table, mapped, width, MostLinks + 1, degreeOfParallelism);
        NearestRows fromNew = NearestRows.Find(mapped.AsSpan(width), table, width, MostLinks + 1, degreeOfParallelism);
        var links = new ItemLinksBuilder();
        var weights = new Dictionary<int, double>();
        for (int row = 1, next = 0; row <= items; row++)
        {
            weights.Clear();
            Collect(row, toNew.Rows(row), toNew.Cosines(row), place => rows[place - 1]);
            if (next < rows.Length && rows[next] == row)
            {
                Collect(row, fromNew.Rows(next), fromNew.Cosines(next), found => found);
                next++;
            }

            foreach ((int target, double weight) in weights)
            {
                links.Add(target, weight);
            }

            links.EndRow();
        }

        return links.Build();

        void Collect(int row, ReadOnlySpan<int> found, ReadOnlySpan<float> cosines, Func<int, int> rowOf)
        {
            int most = weights.Count + MostLinks;
            for (int i = 0; i < found.Length && weights.Count < most && cosines[i] >= LeastCosine; i++)
            {
                if (rowOf(found[i]) != row)
                {
                    weights[rowOf(found[i])] = Math.Pow(Math.Min(cosines[i], 1), power);
                }
            }
        }
    }

    /// <summary>A prior with the links of new items, scaled.</summary>
    /// <param name="prior">The prior, over the first items; null for none.</param>
    /// <param name="items">Size of the catalogue.</param>
    /// <param name="links">Links between new items and all others.</param>
    /// <param name="share">Their factor, above 0.</param>
    public static CooccurrencePrior WithLinks(CooccurrencePrior? prior, int items, ItemLinks links, double share)
    {
        ItemLinks counted = prior?.Links.Extend(items) ?? ItemLinks.None(items);
        ItemLinks all = ItemLinks.Sum(counted, links, share, Cooccurrences.MaximumLinks);
        return new CooccurrencePrior(all, prior?.Shape ?? s_usualShape, prior?.Gain ?? UsualGain, prior?.Weight ?? UsualWeight);
    }

    // Of the vectors of all rows but some
    private static double Longest(float[] table, int width, int[] exceptRows)
    {
        double longest = 0;
        for (int row = 0; row < table.Length / width; row++)
        {
            longest = Array.BinarySearch(exceptRows, row) < 0 ? Math.Max(longest, Length(table.AsSpan(row * width, width))) : longest;
        }

        return longest;
    }

    private static double Length(ReadOnlySpan<float> vector)
    {
        double squares = 0;
        foreach (float value in vector)
        {
            squares += value * (double)value;
        }

        return Math.Sqrt(squares);
    }

    private static CooccurrencePrior? Extend(CooccurrencePrior? prior, int items) =>
        prior is null ? null : new CooccurrencePrior(prior.Links.Extend(items), prior.Shape, prior.Gain, prior.Weight);
}
