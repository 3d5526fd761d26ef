using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>The way from interactions to a saved model as the documentation shows it.</summary>
public sealed class DoorTests
{
    [Fact]
    public void The_documented_way_learns_what_popularity_cannot_know()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView interactions = Interaction.Load(mlContext, Shelves.Texts(customers: 100));
        try
        {
            var recommendation = mlContext.SequenceRecommendation();
            IDataView sequences = recommendation.GroupInteractions(interactions, userColumnName: "UserId", itemColumnName: "ItemId", timestampColumnName: "Timestamp");
            var split = recommendation.SplitLeaveLastOut(sequences);
            var pipeline = recommendation.Trainers.Hydra(itemsColumnName: "Items");
            ITransformer model = pipeline.Fit(split.TrainSet);
            SequenceRecommendationMetrics metrics = recommendation.Evaluate(model.Transform(split.TestSet), labelColumnName: "NextItem");
            mlContext.Model.Save(model, sequences.Schema, "model.zip");

            SequenceRecommendationMetrics popularity = recommendation.EvaluateBaseline(SequenceBaseline.Popularity, split.TrainSet, split.TestSet);
            Assert.Equal(100, metrics.NumberOfUsers);
            Assert.Equal(Shelves.NumberOfItems, metrics.NumberOfItems);
            Assert.InRange(metrics.NdcgAt(10), 0.6, 1);
            Assert.True(metrics.NdcgAt(10) > 3 * popularity.NdcgAt(10), $"{metrics}\nagainst popularity\n{popularity}");
            Assert.Contains("NDCG", metrics.ToString(), StringComparison.Ordinal);

            ITransformer loaded = mlContext.Model.Load("model.zip", out DataViewSchema schema);
            Assert.Equal(["UserId", "Items", "Timestamps"], schema.Select(column => column.Name));
            SequenceRecommendationMetrics again = recommendation.Evaluate(loaded.Transform(split.TestSet));
            Assert.Equal(metrics.LabelRanks, again.LabelRanks);

            Dictionary<string, int> events = split.TrainSet.GetColumn<string[]>("Items").SelectMany(items => items).CountBy(item => item).ToDictionary();
            int[] ofLabels = [.. split.TestSet.GetColumn<string>("NextItem").Select(item => events.GetValueOrDefault(item))];
            Assert.Equal(
                [ofLabels.Count(n => n == 0), ofLabels.Count(n => n is >= 1 and <= 5), ofLabels.Count(n => n is >= 6 and <= 20), ofLabels.Count(n => n > 20)],
                again.ByTrainingEvents.Select(part => part.NumberOfUsers));
            Assert.Equal(metrics.ByTrainingEvents.Select(part => part.ToString()), again.ByTrainingEvents.Select(part => part.ToString()));
        }
        finally
        {
            File.Delete("model.zip");
        }
    }
}
