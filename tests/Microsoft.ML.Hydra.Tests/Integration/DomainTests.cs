using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A model of two domains recommends items of the row's domain in every way, whether the domains share its encoder or not.</summary>
public sealed class DomainTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    private static readonly ShopHistory s_east = new() { Shop = Shops.East, Items = [Shelves.Name(3), Shelves.Name(4), Shelves.Name(5)], NextItem = Shelves.Name(6) };
    private static readonly ShopHistory s_west = new() { Shop = Shops.West, Items = [Shelves.Name(43), Shelves.Name(44), Shelves.Name(45)], NextItem = Shelves.Name(46) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_row_is_recommended_items_of_its_own_domain(bool separate)
    {
        using var model = Shops.Fit(_mlContext, Shops.Options(separate));
        ShopHistory[] rows = [s_east, s_west, new() { Shop = Shops.West }, new() { Shop = Shops.East, Items = s_west.Items, NextItem = s_west.NextItem }, s_east];

        RankedRecommendation<string>[] found = Shops.Recommend(_mlContext, model, rows);

        Assert.Equal([Shops.East, Shops.West], model.Model.Domains.Order());
        Assert.All(found, (row, i) => Assert.All(row.PredictedItems, item => Assert.Equal(rows[i].Shop == Shops.East, Shops.IsEast(item))));
        Assert.Equal([17, 17, 20, 20, 17], found.Select(row => row.PredictedItems.Length));    // seen items are left out
        Assert.InRange(found[0].LabelRank, 1, 3);
        Assert.InRange(found[1].LabelRank, 1, 3);
        Assert.Equal(0, found[3].LabelRank);      // of the other shop
        Assert.Equal(found[0].PredictedItems, found[4].PredictedItems);
        using var engine = _mlContext.Model.CreatePredictionEngine<ShopHistory, RankedRecommendation<string>>(model, new PredictionEngineOptions { OwnsTransformer = false });
        Assert.All(rows, (row, i) => Assert.Equal(found[i].PredictedItems, engine.Predict(row).PredictedItems));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_saved_model_recommends_the_same(bool separate)
    {
        using var model = Shops.Fit(_mlContext, Shops.Options(separate), items: Shops.Wares());
        using var stream = new MemoryStream();
        model.Save(null, stream);
        stream.Position = 0;

        using HydraSequenceRecommendationTransformer loaded = _mlContext.SequenceRecommendation().LoadModel(stream);

        Assert.Equal(model.Model.Domains, loaded.Model.Domains);
        RankedRecommendation<string>[] before = Shops.Recommend(_mlContext, model, s_east, s_west), after = Shops.Recommend(_mlContext, loaded, s_east, s_west);
        Assert.Equal(before.Select(row => row.PredictedItems), after.Select(row => row.PredictedItems));
        Assert.Equal(before.Select(row => row.Score), after.Select(row => row.Score));
        Assert.Equal(separate, SavedModel.Save(_mlContext, loaded).Entries().Single(entry => entry.Key.EndsWith("weights.safetensors", StringComparison.Ordinal))
            .Value.AsSpan().IndexOf("encoders.1.final_norm.weight"u8) >= 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_state_recommends_as_a_row_of_its_domain_does(bool separate)
    {
        using var model = Shops.Fit(_mlContext, Shops.Options(separate));
        using HydraUserState state = model.CreateState(Shops.West);
        state.Append(s_west.Items);

        using HydraUserState read = model.ReadState(state.ToBytes(), Shops.West);

        string[] expected = Shops.Recommend(_mlContext, model, s_west)[0].PredictedItems;
        Assert.Equal(expected, state.Recommend<string>(1000).Select(next => next.Item));
        Assert.Equal(expected, read.Recommend<string>(1000).Select(next => next.Item));
        Assert.Contains("belongs to another model", separate
            ? Assert.Throws<InvalidDataException>(() => model.ReadState(state.ToBytes(), Shops.East)).Message : "belongs to another model", StringComparison.Ordinal);
        if (!separate)
        {
            using HydraUserState elsewhere = model.ReadState(state.ToBytes(), Shops.East);
            Assert.All(elsewhere.Recommend<string>(1000), next => Assert.True(Shops.IsEast(next.Item)));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_domain_is_learned_as_a_model_without_domains_to_the_bit(bool withItems)
    {
        ShopHistory[] rows = [.. Shops.Rows().Select(row => new ShopHistory { Shop = "one", Items = row.Items })];
        ShopWare[] items = [.. Shops.Wares().Select(item => new ShopWare { Shop = "one", ItemId = item.ItemId, Text = item.Text })];
        HydraSequenceRecommendationTrainer.Options without = Shops.Options();
        without.DomainColumnName = null;
        using var alone = Shops.Fit(_mlContext, without, rows, withItems ? items : null);

        using var model = Shops.Fit(_mlContext, Shops.Options(), rows, withItems ? items : null);

        Assert.Equal(SavedModel.Save(_mlContext, alone).DigestOfLearned(), SavedModel.Save(_mlContext, model).DigestOfLearned());
        Assert.Equal(alone.Model.ValidationNdcgAt10, model.Model.ValidationNdcgAt10);
    }

    [Fact]
    public void The_validation_is_the_mean_of_the_domains()
    {
        HydraSequenceRecommendationTrainer.Options options = Shops.Options();
        (options.UseCooccurrencePrior, options.CountValidationEvents) = (false, false);
        ShopHistory[] rows = Shops.Rows();
        using var model = Shops.Fit(_mlContext, options, rows);
        ShopHistory[] heldOut = [.. rows.Select(row => new ShopHistory { Shop = row.Shop, Items = row.Items[..^1], NextItem = row.Items[^1] })];

        RankedRecommendation<string>[] found = Shops.Recommend(_mlContext, model, heldOut);

        double Ndcg(string shop) => found.Where((_, i) => heldOut[i].Shop == shop).Average(row => row.LabelRank is > 0 and <= 10 ? 1 / Math.Log2(row.LabelRank + 1) : 0);
        Assert.Equal((Ndcg(Shops.East) + Ndcg(Shops.West)) / 2, model.Model.ValidationNdcgAt10, 4);
    }

    [Fact]
    public void Events_of_another_domain_are_context()
    {
        // What a customer buys in the west is what the last visit to the east says: item n + 40 after item n. Nothing else tells it.
        var random = new Random(1);
        ShopHistory[] rows = [.. Enumerable.Range(0, 400).Select(_ => new ShopHistory { Shop = Shops.West, Items = [.. Pairs(random)] })];
        HydraSequenceRecommendationTrainer.Options options = Shops.Options();
        (options.NumberOfEpochs, options.ExcludeSeenItems, options.UseCooccurrencePrior) = (20, false, false);
        ShopHistory[] east = [.. Enumerable.Range(0, 20).Select(_ => new ShopHistory { Shop = Shops.East, Items = [Shelves.Name(random.Next(1, 21)), Shelves.Name(random.Next(1, 21)), Shelves.Name(random.Next(1, 21))] })];
        using var model = Shops.Fit(_mlContext, options, [.. rows, .. east], Shops.Wares());

        int right = 0;
        for (int item = 1; item <= 20; item++)
        {
            using HydraUserState state = model.CreateState(Shops.West);
            state.Append(Shelves.Name(41 + (item % 7)));
            state.Append(Shelves.Name(item));
            RecommendedItem<string>[] best = state.Recommend<string>(20);
            Assert.All(best, next => Assert.False(Shops.IsEast(next.Item)));
            right += best[0].Item == Shelves.Name(40 + item) ? 1 : 0;
        }

        Assert.InRange(right, 18, 20);

        static IEnumerable<string> Pairs(Random random)
        {
            for (int i = 0; i < 4; i++)
            {
                int item = random.Next(1, 21);
                yield return Shelves.Name(item);
                yield return Shelves.Name(40 + item);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_new_item_is_recommended_in_the_domain_of_its_row(bool separate)
    {
        using var model = Shops.Fit(_mlContext, Shops.Options(separate), items: Shops.Wares());
        ShopWare added = new() { ItemId = "new pen", Text = "office pen red", Shop = Shops.West };

        using var larger = model.WithItems(_mlContext.Data.LoadFromEnumerable([added]));

        using HydraUserState state = larger.CreateState(Shops.West);
        state.Append(s_west.Items);
        Assert.Contains("new pen", state.Recommend<string>(1000).Select(next => next.Item));
        RankedRecommendation<string>[] found = Shops.Recommend(_mlContext, larger, s_east, s_west);
        Assert.DoesNotContain("new pen", found[0].PredictedItems);
        Assert.Contains("new pen", found[1].PredictedItems);
        Assert.Equal(Shops.Recommend(_mlContext, model, s_east)[0].PredictedItems, found[0].PredictedItems);
        Assert.All(larger.GetSimilarItems("new pen", 1000), similar => Assert.False(Shops.IsEast(similar.Item)));
        using var stream = new MemoryStream();
        larger.Save(null, stream);
        stream.Position = 0;
        using HydraSequenceRecommendationTransformer loaded = _mlContext.SequenceRecommendation().LoadModel(stream);
        Assert.Equal(found[1].PredictedItems, Shops.Recommend(_mlContext, loaded, s_west)[0].PredictedItems);
    }

    [Fact]
    public void Items_of_every_domain_are_recommended_on_request()
    {
        using var model = Shops.Fit(_mlContext, Shops.Options());

        using var across = model.WithRecommendations(model.Recommendations with { AcrossDomains = true });

        Assert.Equal(37, Shops.Recommend(_mlContext, across, s_east)[0].PredictedItems.Length);
        using HydraUserState state = across.CreateState();
        state.Append(s_east.Items);
        Assert.Equal(37, state.Recommend<string>(1000).Length);
        Assert.Contains(across.GetSimilarItems(Shelves.Name(3), 1000), similar => !Shops.IsEast(similar.Item));
        Assert.All(model.GetSimilarItems(Shelves.Name(3), 1000), similar => Assert.True(Shops.IsEast(similar.Item)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_continues_with_a_further_domain(bool separate)
    {
        ShopHistory[] rows = Shops.Rows();
        using var first = Shops.Fit(_mlContext, Shops.Options(separate), rows.Where(row => row.Shop == Shops.East));
        HydraSequenceRecommendationTrainer.Options options = Shops.Options(separate);

        using var model = _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(_mlContext.Data.LoadFromEnumerable(rows.Where(row => row.Shop == Shops.West)), first);

        Assert.Equal([Shops.East, Shops.West], model.Model.Domains);
        RankedRecommendation<string>[] found = Shops.Recommend(_mlContext, model, s_east, s_west);
        Assert.All(found[0].PredictedItems, item => Assert.True(Shops.IsEast(item)));
        Assert.InRange(found[1].LabelRank, 1, 3);
    }

    [Theory]
    [InlineData(SequenceLoss.SampledSoftmax)]
    [InlineData(SequenceLoss.BinaryCrossEntropy)]
    public void Negatives_are_of_the_domain_too(SequenceLoss loss)
    {
        HydraSequenceRecommendationTrainer.Options options = Shops.Options();
        (options.Loss, options.NumberOfNegatives, options.NumberOfEpochs) = (loss, 10, 10);

        using var model = Shops.Fit(_mlContext, options);

        Assert.InRange(model.Model.ValidationNdcgAt10, 0.5, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resumed_training_gives_the_bits_of_one_that_was_not_interrupted(bool separate)
    {
        string directory = Directory.CreateTempSubdirectory("hydra-domains-").FullName;
        try
        {
            HydraSequenceRecommendationTrainer.Options options = Shops.Options(separate);
            using var whole = Shops.Fit(_mlContext, options);
            using var stop = new CancellationTokenSource();
            options.CheckpointDirectory = directory;
            options.CancellationToken = stop.Token;
            options.Progress = new StopAfter(stop, epoch: 2);
            Assert.Throws<OperationCanceledException>(() => Shops.Fit(_mlContext, options));
            (options.CancellationToken, options.Progress, options.ResumeFromCheckpoint) = (default, null, true);

            using var resumed = Shops.Fit(_mlContext, options);

            Assert.Equal(SavedModel.Save(_mlContext, whole).DigestOfLearned(), SavedModel.Save(_mlContext, resumed).DigestOfLearned());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_number_or_a_key_names_a_domain_as_well()
    {
        var rows = Shops.Rows().Select(row => new NumberedShopHistory { Shop = row.Shop == Shops.East ? 7 : -2, Items = row.Items }).ToArray();
        IDataView numbers = _mlContext.Data.LoadFromEnumerable(rows);
        using var byNumber = _mlContext.SequenceRecommendation().Trainers.Hydra(Shops.Options()).Fit(numbers);
        IDataView keys = _mlContext.Transforms.Conversion.MapValueToKey("Shop").Fit(numbers).Transform(numbers);

        using var byKey = _mlContext.SequenceRecommendation().Trainers.Hydra(Shops.Options()).Fit(keys);

        Assert.Equal(["-2", "7"], byNumber.Model.Domains.Order(StringComparer.Ordinal));
        Assert.Equal(byNumber.Model.Domains, byKey.Model.Domains);
        Assert.Equal(SavedModel.Save(_mlContext, byNumber).DigestOfLearned(), SavedModel.Save(_mlContext, byKey).DigestOfLearned());
        using HydraUserState state = byKey.CreateState("7");
        Assert.All(state.Recommend<string>(1000), next => Assert.True(Shops.IsEast(next.Item)));
    }

    [Fact]
    public void Interactions_are_grouped_by_user_and_domain()
    {
        Purchase[] purchases =
        [
            new("u", "b1", Shops.West), new("u", "a1", Shops.East), new("v", "a2", Shops.East), new("u", "b2", Shops.West), new("u", "a3", Shops.East),
        ];
        var options = new InteractionGroupingOptions { DomainColumnName = nameof(Purchase.Shop) };

        IDataView grouped = _mlContext.SequenceRecommendation().GroupInteractions(_mlContext.Data.LoadFromEnumerable(purchases), options, out InteractionReport report);

        GroupedHistory[] rows = [.. _mlContext.Data.CreateEnumerable<GroupedHistory>(grouped, reuseRowObject: false)];
        Assert.Equal(
            ["u west b1 b2", "u east a1 a3", "v east a2"], rows.Select(row => $"{row.UserId} {row.Shop} {string.Join(' ', row.Items)}"));
        Assert.Equal((2, 5), (report.NumberOfUsers, report.NumberOfEvents));
        purchases[3] = purchases[3] with { Shop = "" };
        Assert.Equal(
            "Row 4 of the interactions has no domain in column 'Shop' (empty text or a missing key): write the domain in each row, or leave such rows out.",
            Assert.Throws<InvalidOperationException>(
                () => _mlContext.SequenceRecommendation().GroupInteractions(_mlContext.Data.LoadFromEnumerable(purchases), options)).Message);
        options.DomainColumnName = "UserId";
        Assert.Contains(
            "is named as the user and as the domain: name two columns.",
            Assert.Throws<ArgumentException>(
                () => _mlContext.SequenceRecommendation().GroupInteractions(_mlContext.Data.LoadFromEnumerable(purchases), options)).Message,
            StringComparison.Ordinal);
    }

    private sealed class StopAfter(CancellationTokenSource stop, int epoch) : IProgress<EpochMetrics>
    {
        public void Report(EpochMetrics value)
        {
            if (value.Epoch == epoch)
            {
                stop.Cancel();
            }
        }
    }

    private sealed record Purchase(string UserId, string ItemId, string Shop);

    private sealed class GroupedHistory
    {
        public string UserId { get; set; } = "";

        public string Shop { get; set; } = "";

        public string[] Items { get; set; } = [];
    }

    private sealed class NumberedShopHistory
    {
        public int Shop { get; set; }

        public string[] Items { get; set; } = [];
    }
}
