using GettingStarted;
using Microsoft.ML;
using Microsoft.ML.Hydra;

var mlContext = new MLContext(seed: 1);
var recommendation = mlContext.SequenceRecommendation();

// 1. Purchases, one per row: here from a list, in your application from a file, a database or a data frame.
List<Interaction> purchases = SyntheticShop.Simulate(seed: 1, numberOfCustomers: 3000);
IDataView interactions = mlContext.Data.LoadFromEnumerable(purchases);
Console.WriteLine($"{purchases.Count} purchases of {purchases.DistinctBy(p => p.ItemId).Count()} products by {purchases.DistinctBy(p => p.UserId).Count()} customers, such as");
foreach (Interaction purchase in purchases.Take(3))
{
    Console.WriteLine($"  {purchase.Timestamp:yyyy-MM-dd HH:mm}  {purchase.UserId}  {purchase.ItemId}");
}

// 2. One sequence per customer; the last purchase of each customer is held out.
IDataView sequences = recommendation.GroupInteractions(interactions, timestampColumnName: nameof(Interaction.Timestamp));
SequenceTrainTestData split = recommendation.SplitLeaveLastOut(sequences);

// 3. Train. Early stopping and the choice of the best epoch use purchases of the train set, never of the test set.
Console.WriteLine($"{Environment.NewLine}Training");
using HydraSequenceRecommendationTransformer model = recommendation.Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options
{
    NumberOfLayers = 2,
    NumberOfEpochs = 10,
    LearningRate = 0.01,
    DropoutRate = 0.2,
    ExcludeSeenItems = false, // customers come back for coffee beans and wool
    Progress = new EpochPrinter(),
}).Fit(split.TrainSet);

// 4. How often is the held-out purchase among the first recommendations? It is ranked against every product.
Console.WriteLine($"{Environment.NewLine}Test, full ranking of all products");
Report.Compare(
    ("Popularity", recommendation.EvaluateBaseline(SequenceBaseline.Popularity, split.TrainSet, split.TestSet, excludeSeenItems: false)),
    ("Markov1", recommendation.EvaluateBaseline(SequenceBaseline.Markov1, split.TrainSet, split.TestSet, excludeSeenItems: false)),
    ("Markov10", recommendation.EvaluateBaseline(SequenceBaseline.Markov10, split.TrainSet, split.TestSet, excludeSeenItems: false)),
    ("ItemKnn", recommendation.EvaluateBaseline(SequenceBaseline.ItemKnn, split.TrainSet, split.TestSet, excludeSeenItems: false)),
    ("Hydra", recommendation.Evaluate(model.Transform(split.TestSet))));

// 5. A standard ML.NET model file, loaded like any other.
string path = Path.Combine(AppContext.BaseDirectory, "model.zip");
mlContext.Model.Save(model, sequences.Schema, path);
ITransformer loaded = mlContext.Model.Load(path, out _);
Console.WriteLine($"{Environment.NewLine}Saved and loaded {Path.GetFileName(path)}, {new FileInfo(path).Length / 1024} KiB");

// 6. Recommend for single customers; disposing the engine disposes the loaded model.
using PredictionEngine<CustomerHistory, Recommendation> engine =
    mlContext.Model.CreatePredictionEngine<CustomerHistory, Recommendation>(loaded);
foreach (CustomerHistory customer in mlContext.Data
    .CreateEnumerable<CustomerHistory>(split.TestSet, reuseRowObject: false)
    .Where(c => c.Items.Length >= 15)
    .Take(3))
{
    Report.Recommendations(customer, engine.Predict(customer));
}
