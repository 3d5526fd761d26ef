using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>Recommends for histories of ids as text, row by row.</summary>
internal sealed class Recommender : IDisposable
{
    private const string PredictedItems = "PredictedItems";
    private const string Score = "Score";
    private const string Timestamps = nameof(HistoryRow.Timestamps);   // as GroupInteractions names them

    private readonly MLContext _mlContext;
    private readonly SavedModel _model;
    private readonly HydraSequenceRecommendationTransformer _transformer;

    /// <param name="mlContext">The context.</param>
    /// <param name="model">The model; its saved settings are used where no argument overrides them.</param>
    /// <param name="numberOfRecommendations">How many items; null for the saved number.</param>
    /// <param name="includeSeenItems">Whether items of the history are recommended too, whatever the saved setting.</param>
    public Recommender(MLContext mlContext, SavedModel model, int? numberOfRecommendations, bool includeSeenItems)
    {
        _mlContext = mlContext;
        _model = model;
        RecommendationOptions saved = model.Transformer.Recommendations;
        _transformer = model.Transformer.WithRecommendations(saved with
        {
            NumberOfRecommendations = numberOfRecommendations ?? saved.NumberOfRecommendations,
            ExcludeSeenItems = saved.ExcludeSeenItems && !includeSeenItems,
        });
    }

    /// <param name="sequences">A view with the vector column <paramref name="itemsColumn"/> of text, one row for each user.</param>
    /// <param name="itemsColumn">The column with the histories.</param>
    /// <param name="userColumn">A text column with the user, or null.</param>
    /// <param name="cancellationToken">Checked before each row.</param>
    public IEnumerable<Recommendations> Recommend(
        IDataView sequences, string itemsColumn, string? userColumn, CancellationToken cancellationToken)
    {
        IDataView recommended = ItemIds.ToText(_mlContext, _transformer.Transform(Prepare(sequences, itemsColumn)), PredictedItems);
        DataViewSchema schema = recommended.Schema;
        DataViewSchema.Column[] columns =
            userColumn is null ? [schema[PredictedItems], schema[Score]] : [schema[PredictedItems], schema[Score], schema[userColumn]];
        using DataViewRowCursor cursor = recommended.GetRowCursor(columns);
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> readItems = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(columns[0]);
        ValueGetter<VBuffer<float>> readScores = cursor.GetGetter<VBuffer<float>>(columns[1]);
        ValueGetter<ReadOnlyMemory<char>>? readUser = userColumn is null ? null : cursor.GetGetter<ReadOnlyMemory<char>>(columns[2]);
        VBuffer<ReadOnlyMemory<char>> items = default;
        VBuffer<float> scores = default;
        ReadOnlyMemory<char> user = default;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            readItems(ref items);
            readScores(ref scores);
            readUser?.Invoke(ref user);
            yield return new Recommendations(
                readUser is null ? null : user.ToString(),
                [.. items.DenseValues().Select(item => item.ToString())],
                [.. scores.DenseValues()]);
        }
    }

    /// <summary>Why a user can be left without any recommendation.</summary>
    public string WhyNone(IDataView sequences, string itemsColumn, CancellationToken cancellationToken)
    {
        using var all = new Recommender(_mlContext, _model, 1, includeSeenItems: true);
        return all.Recommend(sequences, itemsColumn, null, cancellationToken).Any(user => user.Items.Count > 0)
            ? "every item that may be recommended is in the history; --include-seen recommends those too"
            : "the lists AllowedItems and DeniedItems that were saved with the model leave no item to recommend";
    }

    public void Dispose() => _transformer.Dispose();

    /// <summary>The histories, and their times where the model reads them, under the column names and in the item type of its training.</summary>
    public IDataView Prepare(IDataView sequences, string itemsColumn)
    {
        IDataView named = Named(sequences, itemsColumn, _model.ItemsColumn);
        if (_model.TimestampsColumn is string timestamps && named.Schema.GetColumnOrNull(Timestamps) is not null)
        {
            named = Named(named, Timestamps, timestamps);
        }

        return ItemIds.ToModelType(_mlContext, named, _model.ItemsColumn, _model.ItemType);
    }

    private IDataView Named(IDataView view, string column, string name) =>
        column == name ? view : _mlContext.Transforms.CopyColumns(name, column).Fit(view).Transform(view);
}

/// <summary>What a model recommends to one user, best first.</summary>
/// <param name="User">The user, or null when there is only one.</param>
/// <param name="Items">Ids as text.</param>
/// <param name="Scores">Aligned with the items.</param>
internal sealed record Recommendations(string? User, IReadOnlyList<string> Items, IReadOnlyList<float> Scores);

/// <summary>One history given on the command line.</summary>
internal sealed class HistoryRow
{
    /// <summary>Ids, oldest first.</summary>
    public string[] Items { get; set; } = [];

    /// <summary>A missing time for each item, for models that read a clock.</summary>
    public double[] Timestamps => [.. Items.Select(_ => double.NaN)];
}

/// <summary>The ids that a model knows, read from the slot names of its catalogue scores; no score is computed.</summary>
internal static class CatalogueNames
{
    private const string ScoresColumn = "CatalogScores";
    private const string SlotNames = "SlotNames";

    /// <param name="model">The model.</param>
    /// <param name="inputSchema">A schema with the model's items column.</param>
    /// <returns>Null when the scores carry no names.</returns>
    public static IReadOnlySet<string>? Read(HydraSequenceRecommendationTransformer model, DataViewSchema inputSchema)
    {
        using HydraSequenceRecommendationTransformer scorer =
            model.WithRecommendations(new RecommendationOptions { IncludeCatalogScores = true });
        if (scorer.GetOutputSchema(inputSchema).GetColumnOrNull(ScoresColumn) is not { } column
            || column.Annotations.Schema.GetColumnOrNull(SlotNames) is null)
        {
            return null;
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(SlotNames, ref names);
        return names.DenseValues().Select(name => name.ToString()).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>An id as the names have it: two texts of one number are one id.</summary>
    /// <param name="text">The id.</param>
    /// <param name="itemType">The type of the model's items.</param>
    public static string NameOf(ReadOnlySpan<char> text, DataViewType itemType) =>
        itemType is not TextDataViewType && Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value)
            ? value.ToString(CultureInfo.InvariantCulture)
            : text.ToString();
}
