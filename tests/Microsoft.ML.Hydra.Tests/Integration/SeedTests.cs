using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Where chance comes from, and that nothing else has a part in what is learned.</summary>
public sealed class SeedTests
{
    [Fact]
    public void One_estimator_fitted_twice_gives_one_model()
    {
        var mlContext = new MLContext();
        var trainer = mlContext.SequenceRecommendation().Trainers.Hydra(Options());

        Assert.Equal(Learned(mlContext, trainer), Learned(mlContext, trainer));
    }

    [Fact]
    public void Options_that_change_later_change_nothing()
    {
        var mlContext = new MLContext();
        HydraSequenceRecommendationTrainer.Options options = Options(seed: 3);
        var trainer = mlContext.SequenceRecommendation().Trainers.Hydra(options);
        string before = Learned(mlContext, trainer);

        (options.Seed, options.LearningRate, options.EmbeddingDimension) = (4, 1, 32);

        Assert.Equal(before, Learned(mlContext, trainer));
    }

    [Fact]
    public void The_seed_of_the_options_decides_before_that_of_the_context()
    {
        string three = Learned(new MLContext(seed: 1), Options(seed: 3));

        Assert.Equal(three, Learned(new MLContext(seed: 2), Options(seed: 3)));
        Assert.NotEqual(three, Learned(new MLContext(seed: 1), Options(seed: 4)));
    }

    [Fact]
    public void The_seed_of_the_context_decides_when_the_options_have_none()
    {
        string one = Learned(new MLContext(seed: 1), Options());

        Assert.Equal(one, Learned(new MLContext(seed: 1), Options()));
        Assert.Equal(one, Learned(new MLContext(), Options(seed: 1)));
        Assert.NotEqual(one, Learned(new MLContext(seed: 2), Options()));
    }

    [Fact]
    public void Without_any_seed_every_estimator_learns_its_own_model() =>
        Assert.NotEqual(Learned(new MLContext(), Options()), Learned(new MLContext(), Options()));

    private static string Learned(MLContext mlContext, HydraSequenceRecommendationTrainer.Options options) =>
        Learned(mlContext, mlContext.SequenceRecommendation().Trainers.Hydra(options));

    private static string Learned(MLContext mlContext, HydraSequenceRecommendationTrainer trainer)
    {
        using var model = trainer.Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 60)));
        return SavedModel.Save(mlContext, model).DigestOfLearned();
    }

    private static HydraSequenceRecommendationTrainer.Options Options(int? seed = null)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.Seed) = (2, seed);
        return options;
    }
}
