using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra;
using Microsoft.ML.Hydra.Text;

// Everybody walks round a ring of twelve items: whatever was taken last, the next one follows.
const int NumberOfItems = 12;
const int NumberOfUsers = 60;
const int EventsPerUser = 8;
var interactions = new List<Interaction>();
for (int i = 0; i < NumberOfUsers * EventsPerUser; i++)
{
    (int time, int user) = Math.DivRem(i, NumberOfUsers);
    interactions.Add(new Interaction { UserId = $"user{user}", ItemId = Item(user + time), Timestamp = time });
}

var mlContext = new MLContext(seed: 1);
SequenceRecommendationCatalog recommendation = mlContext.SequenceRecommendation();
IDataView sequences = recommendation.GroupInteractions(
    mlContext.Data.LoadFromEnumerable(interactions), "UserId", "ItemId", "Timestamp");
var trainer = recommendation.Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options
{
    EmbeddingDimension = 16,
    NumberOfLayers = 1,
    NumberOfLatentHeads = 2,
    StateDimension = 8,
    InnerHeadDimension = 8,
    MaximumTokensPerBatch = 64,
    NumberOfEpochs = 30,
    NumberOfRecommendations = 3,
});

string path = Path.Combine(Path.GetTempPath(), $"hydra-smoke-{Environment.ProcessId}.zip");
try
{
    Prediction trained;
    using (HydraSequenceRecommendationTransformer model = trainer.Fit(sequences))
    {
        trained = Predict(model);
        mlContext.Model.Save(model, sequences.Schema, path);
    }

    Prediction loaded = Predict(new MLContext().Model.Load(path, out _));
    Console.WriteLine($"After {Item(3)}, {Item(4)}, {Item(5)}: {string.Join(", ", loaded.PredictedItems)}");
    Require(loaded.PredictedItems.Length == 3 && loaded.Score.Length == 3, "three items with their scores are predicted");
    Require(loaded.PredictedItems[0] == Item(6), $"{Item(6)} is predicted first");
    Require(loaded.PredictedItems.SequenceEqual(trained.PredictedItems), "the loaded model predicts the items that the trained one did");
    Require(loaded.Score.SequenceEqual(trained.Score), "the loaded model gives the scores that the trained one did");

    // The package of item texts, with a provider of embeddings whose vectors say how long a text is.
    using var lengths = new TextLengths();
    IDataView texts = mlContext.Data.LoadFromEnumerable(new[] { new { Text = "abc" }, new { Text = "?" } });
    float[][] vectors = [.. recommendation.Text.Featurize("Vector", ["Text"], TextEncoder.From(lengths, "lengths")).Fit(texts).Transform(texts).GetColumn<float[]>("Vector")];
    Require(vectors[0] is [0.6f, 0.8f], "a text gets its provider's vector, of length 1");
    Require(vectors[1].All(float.IsNaN), "nothing is known of a text without a word");
    Console.WriteLine("The packed packages work.");
    return 0;
}
catch (SmokeTestException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
finally
{
    File.Delete(path);
}

static string Item(int number) => $"item{number % NumberOfItems}";

static Prediction Predict(ITransformer model)
{
    using var engine = new MLContext().Model.CreatePredictionEngine<History, Prediction>(
        model, new PredictionEngineOptions { OwnsTransformer = false });
    return engine.Predict(new History { Items = [Item(3), Item(4), Item(5)] });
}

static void Require(bool holds, string what)
{
    if (!holds)
    {
        throw new SmokeTestException($"It does not hold that {what}.");
    }
}
