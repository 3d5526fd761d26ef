using Microsoft.ML;
using Microsoft.ML.Hydra;

namespace ServingWithSqlite;

/// <summary>Trains in a few seconds. In production this is a separate application that runs every night and has native torch; the server does not need it.</summary>
internal static class Training
{
    /// <summary>Trains on <see cref="SyntheticShop"/> and saves the model.</summary>
    public static void Run(string modelPath)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView histories = mlContext.Data.LoadFromEnumerable(SyntheticShop.Simulate(seed: 1, numberOfCustomers: 600));
        using HydraSequenceRecommendationTransformer model = mlContext.SequenceRecommendation().Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options
        {
            EmbeddingDimension = 32,
            NumberOfLayers = 1,
            NumberOfEpochs = 8,
            MaximumTokensPerBatch = 1024,
            LearningRate = 0.02,
        }).Fit(histories);
        mlContext.Model.Save(model, histories.Schema, modelPath);
        Console.WriteLine($"{Path.GetFileName(modelPath)} is trained, {new FileInfo(modelPath).Length / 1024} KiB");
    }
}

/// <summary>A row of the training data: the clicks of one customer, oldest first.</summary>
internal sealed class CustomerHistory
{
    public string[] Items { get; set; } = [];
}

/// <summary>An invented shop whose customers buy equipment step by step: the same seed gives the same clicks on every machine.</summary>
internal static class SyntheticShop
{
    private static readonly string[] s_brands = ["Tarn", "Boreal", "Sierra"];

    // Customers look at these in order, within one brand.
    private static readonly string[][] s_equipment =
    [
        ["Tent", "Groundsheet", "Sleeping Bag", "Mat", "Stove", "Pot Set", "Lantern", "Awning"],
        ["Bicycle", "Helmet", "Front Light", "Pannier", "Mudguards", "Floor Pump", "Chain Oil", "Saddle"],
        ["Camera Body", "35 mm Lens", "Spare Battery", "Camera Bag", "Tripod", "Flash", "Lens Hood", "Polariser"],
        ["Espresso Machine", "Grinder", "Milk Jug", "Tamper", "Knock Box", "Descaler", "Filter Basket", "Cups"],
    ];

    /// <summary>The history of each customer, who follows up to two kinds of equipment at a time and sometimes skips a step.</summary>
    public static IEnumerable<CustomerHistory> Simulate(int seed, int numberOfCustomers)
    {
        var random = new Random(seed);
        for (int customer = 0; customer < numberOfCustomers; customer++)
        {
            Queue<string>[] plans = [.. random.GetItems(s_equipment, 2).Distinct().Select(equipment => Plan(equipment, random))];
            var items = new List<string>();
            while (plans.Where(plan => plan.Count > 0).ToArray() is { Length: > 0 } open)
            {
                items.Add(open[random.Next(open.Length)].Dequeue());
            }

            yield return new CustomerHistory { Items = [.. items] };
        }
    }

    private static Queue<string> Plan(string[] equipment, Random random)
    {
        string brand = s_brands[random.Next(s_brands.Length)];
        return new Queue<string>(equipment.Where(_ => random.NextDouble() < 0.9).Select(step => $"{brand} {step}"));
    }
}
