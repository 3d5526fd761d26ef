using Microsoft.ML;
using Microsoft.ML.Hydra;
using ServingWithSqlite;

// Recommends after every click, from states kept in a database. Kill it at any moment and start it again: it continues where it stopped.
//   train MODEL.zip                        trains on a synthetic shop; only this needs native torch (eng/TorchBackend.props)
//   serve MODEL.zip SHOP.db [CLICKS.csv]   serves the clicks of the file or of standard input, one per line: NUMBER,USER,ITEM
// Without arguments it does both with files next to the program; it trains only if no model exists.
try
{
    switch (args)
    {
        case ["train", string model]:
            Training.Run(model);
            return 0;
        case ["serve", string model, string database]:
            Serve(model, database, Console.In);
            return 0;
        case ["serve", string model, string database, string clicks]:
            ServeFile(model, database, clicks);
            return 0;
        case []:
            string trained = Path.Combine(AppContext.BaseDirectory, "model.zip");
            if (!File.Exists(trained))
            {
                Training.Run(trained);
            }

            ServeFile(trained, Path.Combine(AppContext.BaseDirectory, "shop.db"), Path.Combine(AppContext.BaseDirectory, "clicks.csv"));
            return 0;
        default:
            Console.Error.WriteLine("Arguments: train MODEL.zip, or serve MODEL.zip SHOP.db [CLICKS.csv], or none.");
            return 2;
    }
}
catch (Exception wrong) when (wrong is InvalidDataException or IOException)
{
    Console.Error.WriteLine(wrong.Message);
    return 1;
}

static void ServeFile(string modelPath, string databasePath, string clicksPath)
{
    using TextReader clicks = File.OpenText(clicksPath);
    Serve(modelPath, databasePath, clicks);
}

static void Serve(string modelPath, string databasePath, TextReader clicks)
{
    using var model = (HydraSequenceRecommendationTransformer)new MLContext().Model.Load(modelPath, out _);
    using var shop = new ShopDatabase(databasePath);
    var server = new Server(model, shop);
    Console.WriteLine($"{shop.CountClicks()} clicks are stored");
    while (clicks.ReadLine() is { } line)
    {
        // A click is printed after it is stored: no kill can undo it.
        Click click = Click.Parse(line);
        if (server.Serve(click) is { } recommended)
        {
            Console.WriteLine($"{click.Number,3}. {click.User}: {click.Item} -> {string.Join(" | ", recommended.Select(item => item.Item))}");
        }
    }
}
