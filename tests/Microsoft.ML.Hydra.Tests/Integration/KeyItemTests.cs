using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Items mapped to keys in front of the trainer and back behind it.</summary>
public sealed class KeyItemTests
{
    private static readonly Lazy<(MLContext Context, IDataView Labeled, TransformerChain<HydraSequenceRecommendationTransformer> Model)> s_fitted = new(Fit);

    [Fact]
    public void Keys_come_back_with_their_values()
    {
        (MLContext mlContext, IDataView labeled, var model) = s_fitted.Value;

        IDataView output = model.Transform(labeled);

        var type = Assert.IsType<VectorDataViewType>(output.Schema["PredictedItems"].Type);
        Assert.Equal(output.Schema["NextItem"].Type, type.ItemType);
        VBuffer<ReadOnlyMemory<char>> values = default;
        output.Schema["PredictedItems"].GetKeyValues(ref values);
        Assert.Equal(Shelves.NumberOfItems, values.Length);
        Assert.StartsWith("Key<UInt32", model.LastTransformer.Model.ItemType, StringComparison.Ordinal);

        IDataView text = mlContext.Transforms.Conversion.MapKeyToValue([new("PredictedItems"), new("NextItem")]).Fit(output).Transform(output);
        string[] labels = [.. text.GetColumn<string>("NextItem")];
        string[][] predicted = [.. text.GetColumn<string[]>("PredictedItems")];
        int[] ranks = [.. text.GetColumn<int>("LabelRank")];
        Assert.All(Enumerable.Range(0, labels.Length), i =>
            Assert.Equal(ranks[i] is > 0 and <= 10 ? ranks[i] - 1 : -1, Array.IndexOf(predicted[i], labels[i])));
        Assert.InRange(ranks.Count(rank => rank is 1 or 2), 0.7 * ranks.Length, ranks.Length);
    }

    [Fact]
    public void A_pipeline_from_values_to_values_predicts_saves_and_loads()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = Shelves.Load(mlContext, Shelves.Texts());
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Items")
            .Append(mlContext.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options()))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedItems"));
        ITransformer model = pipeline.Fit(data);
        ITransformer loaded = SavedModel.Save(mlContext, model, data.Schema).Load(new MLContext());

        using var engine = mlContext.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(model);
        using var loadedEngine = new MLContext().Model.CreatePredictionEngine<History<string>, Recommendation<string>>(loaded);
        var history = new History<string> { Items = [Shelves.Name(3), Shelves.Name(4), Shelves.Name(5)] };
        Recommendation<string> found = engine.Predict(history);

        Assert.Equal(Shelves.Name(6), found.PredictedItems[0]);
        Assert.Equal(10, found.Score.Length);
        Assert.Equal(found.ToString(), loadedEngine.Predict(history).ToString());
    }

    [Fact]
    public void The_estimators_announce_the_schema_that_comes_out()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = Shelves.Load(mlContext, Shelves.Texts(customers: 20));
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.IncludeCatalogScores) = (1, true);
        var trainer = mlContext.SequenceRecommendation().Trainers.Hydra(options);

        AnnouncedSchema.AssertHolds(trainer, data);
        AnnouncedSchema.AssertHolds(
            mlContext.Transforms.Conversion.MapValueToKey("Items")
                .Append(trainer)
                .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedItems")),
            data);
        AnnouncedSchema.AssertHolds(trainer, mlContext.SequenceRecommendation().SplitLeaveLastOut(data).TestSet);
    }

    [Fact]
    public void Keys_of_another_mapping_are_refused()
    {
        (MLContext mlContext, _, var model) = s_fitted.Value;
        IDataView others = Shelves.Load(mlContext, Shelves.Texts(customers: 2));
        IDataView keys = mlContext.Transforms.Conversion.MapValueToKey("Items").Fit(others).Transform(others);

        ArgumentException error = Assert.Throws<ArgumentException>(() => model.LastTransformer.Transform(keys));

        Assert.Contains("\"Items\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("MapValueToKey", error.Message, StringComparison.Ordinal);
    }

    /// <summary>One mapping for both columns, so that a label's key means the same item as a history's.</summary>
    private static (MLContext Context, IDataView Labeled, TransformerChain<HydraSequenceRecommendationTransformer> Model) Fit()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView labeled = mlContext.SequenceRecommendation().SplitLeaveLastOut(Shelves.Load(mlContext, Shelves.Texts())).TestSet;
        IDataView items = mlContext.Data.LoadFromEnumerable(
            Enumerable.Range(1, Shelves.NumberOfItems).Select(item => new { Item = Shelves.Name(item) }));
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey([new("Items"), new("NextItem")], keyData: items)
            .Append(mlContext.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options()));
        return (mlContext, labeled, pipeline.Fit(labeled));
    }
}
