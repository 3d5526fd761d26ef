using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Hydra;
using NewArrivals;

const int Shown = 5;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var mlContext = new MLContext(seed: 1);
SequenceRecommendationCatalog recommendation = mlContext.SequenceRecommendation();

// 1. A shop knows who bought what, and has a line of text about each product.
var shop = Shop.Simulate(seed: 1, numberOfCustomers: 2000);
Dictionary<string, string> textOf = shop.Products.ToDictionary(product => product.ItemId, product => product.Text);
Console.WriteLine($"{shop.Products.Count} products, {shop.Purchases.Count} purchases. The shop writes a line about each product, such as");
foreach (Product product in shop.Products.Take(2))
{
    Console.WriteLine($"  {product.ItemId}  {product.Text}");
}

// 2. Train on the purchases and the texts: ItemId and Text are the columns that Options.Items reads by default.
IDataView sequences = recommendation.GroupInteractions(mlContext.Data.LoadFromEnumerable(shop.Purchases), timestampColumnName: nameof(Purchase.Timestamp));
var training = Stopwatch.StartNew();
using HydraSequenceRecommendationTransformer model = recommendation.Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options
{
    Items = mlContext.Data.LoadFromEnumerable(shop.Products),
    EmbeddingDimension = 32,
    NumberOfLayers = 1,
    StateDimension = 16,
    NumberOfEpochs = 8,
    LearningRate = 0.01,
}).Fit(sequences);
Console.WriteLine($"{Environment.NewLine}Trained in {training.Elapsed.TotalSeconds:F0} s; NDCG@10 on held-out purchases {model.Model.ValidationNdcgAt10:F3}");

// 3. Customers come and buy. Their states are stored as bytes, here in memory, in an application in a database.
var stored = new Dictionary<string, byte[]>();
foreach ((_, string customer, string[] bought) in Shop.Arrivals)
{
    using HydraUserState state = model.CreateState();
    string[] items = [.. bought.Select(name => shop.Products.First(product => product.Name == name).ItemId)];
    state.Append(items);
    stored.Add(customer, state.ToBytes());
    Console.WriteLine($"{Environment.NewLine}{customer} bought {string.Join(" and ", items.Select(item => textOf[item]))}. Recommended:");
    Print(state.Recommend<string>(Shown));
}

// 4. New products arrive. There is nothing but their text: nobody has bought one, and nothing is trained again.
Console.WriteLine($"{Environment.NewLine}New products arrive");
Product[] arrivals = [.. Shop.Arrivals.Select(arrival => arrival.Product)];
foreach (Product product in arrivals)
{
    textOf.Add(product.ItemId, product.Text);
    Console.WriteLine($"  {product.ItemId}    {product.Text}");
}

var adding = Stopwatch.StartNew();
using HydraSequenceRecommendationTransformer larger = model.WithItems(mlContext.Data.LoadFromEnumerable(arrivals));
Console.WriteLine($"Added to the model in {adding.Elapsed.TotalSeconds:F2} s; it has {larger.Model.NumberOfItems} items");

// 5. The larger model reads the states that were stored before, and recommends the new products.
foreach ((Product product, string customer, _) in Shop.Arrivals)
{
    using HydraUserState state = larger.ReadState(stored[customer]);
    Console.WriteLine($"{Environment.NewLine}Recommended to {customer} now:");
    Print(state.Recommend<string>(Shown));
    Console.WriteLine($"  Most similar to {product.ItemId}: {string.Join("; ", larger.GetSimilarItems(product.ItemId, 2).Select(similar => textOf[similar.Item]))}");
}

void Print(RecommendedItem<string>[] recommended)
{
    for (int i = 0; i < recommended.Length; i++)
    {
        bool isNew = recommended[i].Item.StartsWith('N');
        Console.WriteLine($"  {i + 1}. {recommended[i].Item,-5}  {textOf[recommended[i].Item]}{(isNew ? "   <- new" : "")}");
    }
}
