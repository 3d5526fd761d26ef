using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Cross-validation with ML.NET's own folds: no user is on both sides.</summary>
public sealed class CrossValidationTests
{
    [Fact]
    public void Folds_grouped_by_user_train_on_some_users_and_measure_on_the_others()
    {
        var mlContext = new MLContext(seed: 1);
        var recommendation = mlContext.SequenceRecommendation();
        IDataView sequences = recommendation.GroupInteractions(Interaction.Load(mlContext, Shelves.Texts()), timestampColumnName: "Timestamp");
        int users = 0;

        foreach (var fold in mlContext.Data.CrossValidationSplit(sequences, numberOfFolds: 3, samplingKeyColumnName: "UserId"))
        {
            ITransformer model = recommendation.Trainers.Hydra(SmallTraining.Options()).Fit(fold.TrainSet);
            IDataView test = recommendation.SplitLeaveLastOut(fold.TestSet).TestSet;
            SequenceRecommendationMetrics metrics = recommendation.Evaluate(model.Transform(test));

            Assert.Empty(fold.TrainSet.GetColumn<string>("UserId").Intersect(test.GetColumn<string>("UserId")));
            Assert.Equal(fold.TestSet.GetColumn<string>("UserId").Count(), metrics.NumberOfUsers);
            Assert.InRange(metrics.NdcgAt(10), 0.5, 1);
            users += metrics.NumberOfUsers;
        }

        Assert.Equal(150, users);
    }
}
