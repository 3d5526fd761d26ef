using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A loss that is no number any more ends a fit, with what was good before.</summary>
public sealed class DivergenceTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Theory]
    [InlineData(256, SequenceValidation.LeaveLastOut)]
    [InlineData(256, SequenceValidation.None)]
    [InlineData(1_000_000, SequenceValidation.LeaveLastOut)]
    [InlineData(1_000_000, SequenceValidation.None)]
    public void An_absurd_learning_rate_ends_with_its_name_and_no_model(int tokensPerBatch, SequenceValidation validation)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.LearningRate, options.MaximumGradientNorm) = (1e30, 0);
        (options.MaximumTokensPerBatch, options.Validation) = (tokensPerBatch, validation);

        var error = Assert.Throws<HydraTrainingDivergedException>(() => Fit(options));

        Assert.Contains("LearningRate", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Null(error.LastGoodModel);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_last_good_model_comes_with_the_error(bool hasWords)
    {
        (string, string)[] wares = [.. Wares.All(), Wares.Spade];
        using var folder = new TemporaryDirectory();
        using var source = new CancellationTokenSource();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.CheckpointDirectory, options.Items) = (folder.FullName, hasWords ? Wares.Load(_mlContext, wares) : null);
        (options.CancellationToken, options.Progress) = (source.Token, new EpochList(2, source.Cancel));
        options.CancellationBehavior = CancellationBehavior.ReturnBestModel;
        using var good = Fit(options);
        Spoil(folder[folder.FileNames[^1]]);

        HydraSequenceRecommendationTrainer.Options resumed = SmallTraining.Options();
        (resumed.CheckpointDirectory, resumed.ResumeFromCheckpoint, resumed.Items) = (folder.FullName, true, options.Items);
        var error = Assert.Throws<HydraTrainingDivergedException>(() => Fit(resumed));

        Assert.Contains("epoch 3", error.Message, StringComparison.Ordinal);
        using HydraSequenceRecommendationTransformer last = error.LastGoodModel!;
        Assert.Equal(good.Model.BestEpoch, last.Model.BestEpoch);
        Assert.False(last.Model.HasCooccurrencePrior);
        Assert.Equal((hasWords, hasWords ? 61 : 60), (last.Model.HasItemEncoder, last.Model.NumberOfItems));
        Assert.Equal(SavedModel.Save(_mlContext, good).DigestOfLearned(), SavedModel.Save(_mlContext, last).DigestOfLearned());
        Assert.All(
            last.Transform(Shelves.Load(_mlContext, Shelves.Texts(customers: 5))).GetColumn<float[]>("Score"),
            scores => Assert.All(scores, score => Assert.True(float.IsFinite(score))));
    }

    /// <summary>Makes the weights to continue from so large that scores overflow, and leaves the best ones.</summary>
    private static void Spoil(string path)
    {
        Checkpoint checkpoint;
        using (FileStream file = File.OpenRead(path))
        {
            checkpoint = Checkpoint.Read(file);
        }

        NamedTensor[] tensors = [.. checkpoint.Tensors.Select(tensor => tensor.Name == "model.item_embedding"
            ? new NamedTensor(tensor.Name, tensor.Shape, Enumerable.Repeat(float.MaxValue, tensor.Data.Length).ToArray())
            : tensor)];
        using FileStream spoiled = File.Create(path);
        (checkpoint with { Tensors = tensors }).Write(spoiled);
    }

    private HydraSequenceRecommendationTransformer Fit(HydraSequenceRecommendationTrainer.Options options) =>
        _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(_mlContext, Shelves.Texts()));
}
