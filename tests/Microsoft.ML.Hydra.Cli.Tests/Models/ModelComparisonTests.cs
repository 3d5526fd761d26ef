using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Models;

public sealed class ModelComparisonTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void New_items_that_the_model_knows_are_ranked_in_the_catalogue_and_among_themselves()
    {
        // 60 users walk around a circle of 20 items. The model was trained with all items, as if it had learned the new ones from their words.
        IDataView sequences = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(
            user => new Walk { Items = [.. Enumerable.Range(user, 8).Select(item => $"i{item % 20}")] }));
        EvaluationSplit split = EvaluationSplit.Of(_mlContext, sequences, coldShare: 0.2);
        var options = new HydraSequenceRecommendationTrainer.Options
        {
            EmbeddingDimension = 16, NumberOfLayers = 1, NumberOfLatentHeads = 2, StateDimension = 8, InnerHeadDimension = 8, NumberOfEpochs = 3, Seed = 1,
        };
        using HydraSequenceRecommendationTransformer model = _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(sequences);
        var comparison = new ModelComparison(_mlContext, split, options, CancellationToken.None);

        ColdItemsScores cold = comparison.RunColdItems(model, comparison.Run(model))!;

        Assert.Equal((0.2, 4, 4), (cold.Share, cold.NewItems, cold.KnownNewItems));
        Assert.Equal([60, 48, 48, 12, 12], cold.Rankings.Select(ranking => ranking.Models[0].Value.Users));   // each item is the last of three users
        Assert.Equal([5, 5, 1, 5, 1], cold.Rankings.Select(ranking => ranking.Models.Count));
        ModelScores amongNew = cold.Rankings[4].Models[0].Value, inCatalogue = cold.Rankings[3].Models[0].Value;
        Assert.Equal((0L, 0L), (amongNew.UnknownLabels, amongNew.LeftOutLabels));
        Assert.Equal(1, amongNew.Value("HR@5"));   // of four items
        Assert.InRange(inCatalogue.Value("MRR"), 1 / 20.0, amongNew.Value("MRR"));
        Assert.True(cold.Rankings[2].Models[0].Value.Value("MRR") > cold.Rankings[1].Models[0].Value.Value("MRR"));   // four rivals fewer
        Assert.Equal(0, cold.Rankings[3].Models.Single(scores => scores.Key == "Markov1").Value.Value("MRR"));   // counts on the train set of the split
    }

    [Fact]
    public void Text_neighbors_are_compared_where_words_are_known_and_rank_the_new_items_too()
    {
        // Ten groups of four items that share a word. A user sees three items of a group and then the fourth, so the word finds it.
        IDataView sequences = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(
            user => new Walk { Items = [.. Enumerable.Range(user, 4).Select(item => $"g{user / 4}{item % 4}")] }));
        EvaluationSplit split = EvaluationSplit.Of(_mlContext, sequences, coldShare: 0.05);
        Assert.Equal(2, split.Cold!.Ids.Select(id => id[1]).Distinct().Count());   // no two new items of a group
        var options = new HydraSequenceRecommendationTrainer.Options
        {
            EmbeddingDimension = 16, NumberOfLayers = 1, NumberOfLatentHeads = 2, StateDimension = 8, InnerHeadDimension = 8, NumberOfEpochs = 1, Seed = 1,
        };
        using HydraSequenceRecommendationTransformer model = _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(split.TrainSet);
        options.Items = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(item => new Described { ItemId = $"g{item / 4}{item % 4}", Text = $"w{item / 4}" }));
        var comparison = new ModelComparison(_mlContext, split, options, CancellationToken.None);

        IReadOnlyList<ComparedModel> all = comparison.Run(model);
        ColdItemsScores cold = comparison.RunColdItems(model, all)!;

        Assert.Equal(["Hydra", "Popularity", "Markov1", "Markov10", "ItemKnn", "TextNeighbors"], all.Select(compared => compared.Name));
        Assert.Equal((1, 0L), (all[5].Filtered.Value("MRR"), all[5].Filtered.UnknownLabels));
        Assert.All(all, compared => Assert.Equal(0, compared.Filtered.LeftOutLabels));
        Assert.Equal([6, 6, 2, 6, 2], cold.Rankings.Select(ranking => ranking.Models.Count));
        Assert.Equal([40, 38, 38, 2, 2], cold.Rankings.Select(ranking => ranking.Models[^1].Value.Users));
        Assert.All(cold.Rankings, ranking => Assert.Equal(("TextNeighbors", 1.0), (ranking.Models[^1].Key, ranking.Models[^1].Value.Value("MRR"))));
        Assert.Equal(0, cold.Rankings[3].Models.Single(scores => scores.Key == "Markov1").Value.Value("HR@20"));   // new items come last
    }

    [Fact]
    public void Without_a_share_no_item_is_new()
    {
        IDataView sequences = _mlContext.Data.LoadFromEnumerable([new Walk { Items = ["a", "b", "c"] }]);

        EvaluationSplit split = EvaluationSplit.Of(_mlContext, sequences, coldShare: null);

        Assert.Null(split.Cold);
        Assert.Equal(["a", "b"], _mlContext.Data.CreateEnumerable<Walk>(split.TrainSet, reuseRowObject: false).Single().Items);
    }

    [Fact]
    public void The_share_of_new_items_is_of_all_items_and_they_are_in_no_history()
    {
        IDataView sequences = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(user => new Walk { Items = [$"a{user}", $"b{user}", $"c{user}"] }));

        EvaluationSplit split = EvaluationSplit.Of(_mlContext, sequences, coldShare: 0.3);

        Assert.Equal((0.3, 27), (split.Cold!.Share, split.Cold.Ids.Count));
        Assert.Empty(_mlContext.Data.CreateEnumerable<Walk>(split.TrainSet, reuseRowObject: false).SelectMany(walk => walk.Items).Intersect(split.Cold.Ids));
        Assert.Equal(30, _mlContext.Data.CreateEnumerable<Walk>(split.TestSet, reuseRowObject: false).Count());
    }

    private sealed class Described
    {
        public string ItemId { get; set; } = "";

        public string Text { get; set; } = "";
    }

    private sealed class Walk
    {
        public string[] Items { get; set; } = [];
    }
}
