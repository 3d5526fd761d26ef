using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>What cannot be done with domains is refused in one sentence that says what was found and what helps.</summary>
public sealed class DomainRefusalTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void A_column_that_is_not_there_is_named_with_those_that_are()
    {
        HydraSequenceRecommendationTrainer.Options options = Shops.Options();
        options.DomainColumnName = "Store";
        Assert.Equal(
            "There is no column \"Store\" with the domain in the sequences; the columns are Shop, Items, NextItem. Add it, or name another with DomainColumnName.",
            Assert.Throws<ArgumentException>(() => Shops.Fit(_mlContext, options)).Message);
        options.Items = _mlContext.Data.LoadFromEnumerable(Wares.All().Select(item => new Ware<string> { ItemId = item.Item, Text = item.Text }));
        options.DomainColumnName = "Shop";

        var refusal = Assert.Throws<ArgumentException>(
            () => _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(_mlContext.Data.LoadFromEnumerable(Shops.Rows())));

        Assert.Equal(
            "There is no column \"Shop\" with the domain in the view of items; the columns are ItemId, Text. Add it, or name another with DomainColumnName.", refusal.Message);
    }

    [Fact]
    public void A_column_of_another_type_is_refused_before_anything_is_read()
    {
        HydraSequenceRecommendationTrainer.Options options = Shops.Options();
        options.DomainColumnName = "Items";

        Assert.Equal(
            "Column \"Items\" in the sequences is of type Vector<String>, but a domain is one text, integer or key for each row; convert it with Transforms.Conversion.ConvertType (DataKind.String), or name another column with DomainColumnName.",
            Assert.Throws<ArgumentException>(() => Shops.Fit(_mlContext, options)).Message);
    }

    [Fact]
    public void An_item_in_two_domains_is_refused_and_a_view_of_items_cures_it()
    {
        ShopHistory stray = new() { Shop = Shops.East, Items = [Shelves.Name(1), Shelves.Name(45), Shelves.Name(2)] };
        ShopHistory[] rows = [.. Shops.Rows(), stray];

        var refusal = Assert.Throws<ArgumentException>(() => Shops.Fit(_mlContext, Shops.Options(), rows));

        Assert.Equal(
            "Item item 45 of column \"Items\" occurs in sequences of domains \"west\" and \"east\", but an item belongs to one: write its domain in Options.Items, or give it an id of its own in each domain.",
            refusal.Message);
        using var model = Shops.Fit(_mlContext, Shops.Options(), rows, Shops.Wares());
        using HydraUserState state = model.CreateState(Shops.East);
        Assert.DoesNotContain(Shelves.Name(45), state.Recommend<string>(1000).Select(next => next.Item));
    }

    [Fact]
    public void A_missing_domain_is_refused_with_its_row()
    {
        ShopHistory[] rows = Shops.Rows();
        rows[4].Shop = "";
        Assert.Equal(
            "Row 5 of the sequences has no domain in column \"Shop\" (empty text or a missing key); write the domain in each row, or leave such rows out.",
            Assert.Throws<InvalidOperationException>(() => Shops.Fit(_mlContext, Shops.Options(), rows)).Message);
        ShopWare[] items = Shops.Wares();
        items[2].Shop = "";
        Assert.Equal(
            "Row 3 of the view of items has no domain in column \"Shop\" (empty text or a missing key); write the domain of the item in each row.",
            Assert.Throws<InvalidOperationException>(() => Shops.Fit(_mlContext, Shops.Options(), items: items)).Message);
    }

    [Fact]
    public void Sequences_of_items_that_all_belong_elsewhere_are_refused()
    {
        ShopWare[] items = Shops.Wares();
        Array.ForEach(items, item => item.Shop = Shops.East.ToUpperInvariant());

        Assert.Contains(
            "in column \"Shop\" has an item of that domain: Items says that all their items belong to others. Write the same names of domains in both.",
            Assert.Throws<ArgumentException>(() => Shops.Fit(_mlContext, Shops.Options(), items: items)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_domain_at_scoring_is_refused()
    {
        using var model = Shops.Fit(_mlContext, Shops.Options());
        ShopHistory north = new() { Shop = "north", Items = [Shelves.Name(1)] }, none = new() { Items = [Shelves.Name(1)] };

        Assert.Equal(
            "Row 2 has the domain \"north\" in column \"Shop\", but the model recommends in the domains \"east\", \"west\"; write one of them, or leave the row out.",
            Assert.Throws<InvalidOperationException>(() => Shops.Recommend(_mlContext, model, new ShopHistory { Shop = Shops.East }, north)).Message);
        Assert.Contains("Row 1 has no domain in column \"Shop\"", Assert.Throws<InvalidOperationException>(() => Shops.Recommend(_mlContext, model, none)).Message, StringComparison.Ordinal);
        Assert.Contains("is not one of the model's, which are \"east\", \"west\"", Assert.Throws<ArgumentException>(() => model.CreateState("north")).Message, StringComparison.Ordinal);
        Assert.Contains("as in CreateState(\"east\")", Assert.Throws<InvalidOperationException>(() => model.CreateState()).Message, StringComparison.Ordinal);
        Assert.Contains(
            "There is no column \"Shop\" with the domain in the input",
            Assert.Throws<ArgumentException>(() => model.Transform(_mlContext.Data.LoadFromEnumerable([new History<string>()]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_item_of_an_unknown_domain_is_refused()
    {
        using var model = Shops.Fit(_mlContext, Shops.Options(), items: Shops.Wares());
        IDataView items = _mlContext.Data.LoadFromEnumerable([new ShopWare { ItemId = "x", Text = "office pen", Shop = "north" }]);

        Assert.Contains("Domain \"north\" is not one of the model's", Assert.Throws<ArgumentException>(() => model.WithItems(items)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_that_are_separate_do_not_recommend_across_domains()
    {
        using var model = Shops.Fit(_mlContext, Shops.Options(separate: true));
        const string Refusal = "AcrossDomains is set, but each of the 2 domains has a sequence model of its own, and scores of two models cannot be compared; leave it unset, or train with SeparateSequenceModels = false.";
        HydraSequenceRecommendationTrainer.Options options = Shops.Options(separate: true);
        options.AcrossDomains = true;

        Assert.Equal(Refusal, Assert.Throws<ArgumentException>(() => model.WithRecommendations(model.Recommendations with { AcrossDomains = true })).Message);
        Assert.Equal(Refusal, Assert.Throws<ArgumentException>(() => Shops.Fit(_mlContext, options)).Message);
    }

    [Fact]
    public void A_model_without_domains_has_none_to_name()
    {
        HydraSequenceRecommendationTrainer.Options options = Shops.Options();
        options.DomainColumnName = null;
        using var model = Shops.Fit(_mlContext, options);

        Assert.Empty(model.Model.Domains);
        Assert.Equal(
            "Domain \"east\" is named, but the model has no domains; leave it out, or train with DomainColumnName.",
            Assert.Throws<ArgumentException>(() => model.CreateState(Shops.East)).Message);
    }
}
