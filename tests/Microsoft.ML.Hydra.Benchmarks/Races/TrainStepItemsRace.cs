using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>What words and numbers of items add to a step.</summary>
internal sealed class TrainStepItemsRace : PairedRace
{
    private const int Items = 12_000;
    private const int Tokens = 1600;
    private const int Length = 8;

    public override string Name => "train-step-items";

    public override string Description =>
        "One training step of a shop's size (3 layers, 1,600 tokens in windows of 8, 12,000 items): item vectors from ids and features against ids alone.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings)
    {
        int items = settings.IsRehearsal ? 100 : Items;
        ModelSizes sizes = RaceModel.Sizes(settings, layers: 3) with { NumberOfItems = items };
        SequenceBatch batch = RaceModel.Batch(settings.IsRehearsal ? 1 : Tokens / Length, Length, items);
        yield return NewHeat("12 of 12,000 words", Features(items, columns: 12_000, perItem: 12));
        yield return NewHeat("128 numbers", Features(items, columns: 128, perItem: 128));

        Heat NewHeat(string name, ItemInputs inputs) => new(
            name, () => new HydraTraining(sizes, batch, settings.Threads, inputs), () => new HydraTraining(sizes, batch, settings.Threads));
    }

    private static ItemInputs Features(int items, int columns, int perItem)
    {
        var random = new Random(3);
        var rows = new SparseRowsBuilder();
        rows.EndRow();
        for (int item = 1; item <= items; item++)
        {
            foreach (int column in Enumerable.Range(0, perItem).Select(i => perItem == columns ? i : random.Next(columns)).Distinct().Order())
            {
                rows.Add(column, (float)(random.NextDouble() - 0.5));
            }

            rows.EndRow();
        }

        return new ItemInputs(rows.Build(columns), [.. Enumerable.Repeat(0.5f, items + 1)]);
    }
}
