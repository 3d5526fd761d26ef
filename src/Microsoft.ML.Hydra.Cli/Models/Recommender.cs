using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>Recommends from histories of ids as text, one row after another.</summary>
internal sealed class Recommender : IDisposable
{
    private const string PredictedItems = "PredictedItems";
    private const string Score = "Score";
    private const string Timestamps = nameof(HistoryRow.Timestamps);   // as GroupInteractions names them

    private readonly MLContext _mlContext;
    private readonly SavedModel _model;
    private readonly HydraSequenceRecommendationTransformer _transformer;

    /// <param name="mlContext">The context.</param>
    /// <param name="model">The model; what it was saved to recommend holds where nothing else is asked for.</param>
    /// <param name="numberOfRecommendations">How many items, or null for as many as saved.</param>
    /// <param name="includeSeenItems">Whether items of the history are recommended in any case.</param>
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

    /// <param name="sequences">A view with the vector column <paramref name="itemsColumn"/> of text, a row a user.</param>
    /// <param name="itemsColumn">The column with the histories.</param>
    /// <param name="userColumn">A text column with the user, or null.</param>
    /// <param name="cancellationToken">Looked at before each row.</param>
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

    public void Dispose() => _transformer.Dispose();

    /// <summary>The histories, and their times where the model reads them, under the column names and in the type of item that it was trained on.</summary>
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
