namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>
/// Two shops. <see cref="Shelves"/> without mixed customers: the first shelf of 20 items belongs to the shop "east", the third to the shop "west"; items have the
/// words of <see cref="Wares"/>.
/// </summary>
internal static class Shops
{
    public const string East = "east";
    public const string West = "west";

    /// <summary>Items 1 to 20.</summary>
    public static bool IsEast(string item) => string.CompareOrdinal(item, Shelves.Name(20)) <= 0;

    /// <summary>A row a customer of either shop.</summary>
    public static ShopHistory[] Rows(int customers = 300) =>
    [
        .. Shelves.Texts(customers).Where(items => IsEast(items[0]) || string.CompareOrdinal(items[0], Shelves.Name(40)) > 0)
            .Select(items => new ShopHistory { Shop = IsEast(items[0]) ? East : West, Items = items }),
    ];

    /// <summary>A row an item.</summary>
    public static ShopWare[] Wares() =>
    [
        .. Integration.Wares.All().Where((_, i) => i < 20 || i >= 40).Select(item => new ShopWare { ItemId = item.Item, Text = item.Text, Shop = IsEast(item.Item) ? East : West }),
    ];

    /// <summary>Options that learn them.</summary>
    public static HydraSequenceRecommendationTrainer.Options Options(bool separate = false)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.DomainColumnName, options.SeparateSequenceModels, options.Seed, options.NumberOfRecommendations) = (nameof(ShopHistory.Shop), separate, 1, 1000);
        return options;
    }

    /// <summary>A trained model.</summary>
    public static HydraSequenceRecommendationTransformer Fit(
        MLContext mlContext, HydraSequenceRecommendationTrainer.Options options, IEnumerable<ShopHistory>? rows = null, IEnumerable<ShopWare>? items = null)
    {
        options.Items = items is null ? null : mlContext.Data.LoadFromEnumerable(items);
        return mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(mlContext.Data.LoadFromEnumerable(rows ?? Rows()));
    }

    /// <summary>What is recommended to rows, read through a view.</summary>
    public static RankedRecommendation<string>[] Recommend(MLContext mlContext, ITransformer model, params ShopHistory[] rows) =>
        [.. mlContext.Data.CreateEnumerable<RankedRecommendation<string>>(model.Transform(mlContext.Data.LoadFromEnumerable(rows)), reuseRowObject: false)];
}

/// <summary>A history in a shop.</summary>
internal sealed class ShopHistory
{
    public string Shop { get; set; } = "";

    public string[] Items { get; set; } = [];

    public string NextItem { get; set; } = "";
}

/// <summary>A row of the view of items.</summary>
internal sealed class ShopWare
{
    public string ItemId { get; set; } = "";

    public string Text { get; set; } = "";

    public string Shop { get; set; } = "";
}
