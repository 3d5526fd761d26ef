using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Items of every type go in and come back as the same type, and what they are called changes nothing that is learned.</summary>
[Collection(FittedModels.Collection)]
public sealed class ItemTypeTests(FittedModels models)
{
    [Fact]
    public void Text() => Items_come_back_in_their_type(Shelves.Name, "String");

    [Fact]
    public void Int32() => Items_come_back_in_their_type(item => item, "Int32");

    [Fact]
    public void Int64() => Items_come_back_in_their_type(item => -7_000_000_000 * item, "Int64");

    [Fact]
    public void UInt32() => Items_come_back_in_their_type(item => uint.MaxValue - (uint)item, "UInt32");

    [Fact]
    public void Byte() => Items_come_back_in_their_type(item => (byte)(2 * item), "Byte");

    private void Items_come_back_in_their_type<T>(Func<int, T> name, string itemType)
        where T : notnull
    {
        MLContext mlContext = models.Context;
        int[][] numbers = Shelves.Numbers();
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options())
            .Fit(Shelves.Load(mlContext, Shelves.Convert(numbers, name)));
        Dictionary<T, int> numberOf = Enumerable.Range(1, Shelves.NumberOfItems).ToDictionary(name);

        LabeledHistory<T>[] rows = [.. numbers.Take(40).Select(items => new LabeledHistory<T>
        {
            Items = [.. items[..^1].Select(name)],
            NextItem = name(items[^1]),
        })];
        IDataView view = model.Transform(mlContext.Data.LoadFromEnumerable(rows));
        RankedRecommendation<T>[] found = [.. mlContext.Data.CreateEnumerable<RankedRecommendation<T>>(view, reuseRowObject: false)];

        Assert.Equal(itemType, model.Model.ItemType);
        Assert.Equal(Shelves.NumberOfItems, model.Model.NumberOfItems);
        Assert.Equal(view.Schema["NextItem"].Type, ((VectorDataViewType)view.Schema["PredictedItems"].Type).ItemType);
        Assert.Equal(NumberDataViewType.Int32, view.Schema["LabelRank"].Type);

        // The same training whatever the items are called: the numbers behind the names are those of the Int32 model.
        IDataView asNumbers = models.Numbers.Transform(Shelves.Load(mlContext, numbers.Take(40).Select(items => items[..^1])));
        Recommendation<int>[] expected = [.. mlContext.Data.CreateEnumerable<Recommendation<int>>(asNumbers, reuseRowObject: false)];
        Assert.Equal(
            expected.Select(row => row.ToString()),
            found.Select(row => new Recommendation<int> { PredictedItems = [.. row.PredictedItems.Select(item => numberOf[item])], Score = row.Score }.ToString()));
        Assert.All(found.Zip(rows), pair =>
            Assert.Equal(pair.First.LabelRank is > 0 and <= 10 ? pair.First.LabelRank - 1 : -1, Array.IndexOf(pair.First.PredictedItems, pair.Second.NextItem)));
        Assert.InRange(found.Count(row => row.LabelRank is 1 or 2), 30, 40);

        AssertEngineAgrees(model, rows, found);
    }

    private void AssertEngineAgrees<T>(ITransformer model, LabeledHistory<T>[] rows, RankedRecommendation<T>[] expected)
    {
        using var engine = models.Context.Model.CreatePredictionEngine<LabeledHistory<T>, RankedRecommendation<T>>(model);
        foreach ((LabeledHistory<T> row, RankedRecommendation<T> reference) in rows.Zip(expected))
        {
            RankedRecommendation<T> found = engine.Predict(row);
            Assert.Equal(reference.LabelRank, found.LabelRank);
            Assert.Equal(reference.PredictedItems[0], found.PredictedItems[0]);
            Assert.Equal(reference.Score.Length, found.Score.Length);
            Assert.All(reference.Score.Zip(found.Score), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
    }
}
