namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>What an evaluation trains on and tests.</summary>
/// <param name="TrainSet">Sequences to train on.</param>
/// <param name="TestSet">Histories and the item that came next.</param>
/// <param name="Cold">The items that are in no history; null where none was made new.</param>
internal sealed record EvaluationSplit(IDataView TrainSet, IDataView TestSet, ColdItems? Cold)
{
    /// <summary>Holds out the last item of every user and, with a share, makes items new.</summary>
    public static EvaluationSplit Of(MLContext mlContext, IDataView sequences, double? coldShare)
    {
        SequenceRecommendationCatalog catalog = mlContext.SequenceRecommendation();
        if (coldShare is not double share)
        {
            SequenceTrainTestData all = catalog.SplitLeaveLastOut(sequences);
            return new EvaluationSplit(all.TrainSet, all.TestSet, null);
        }

        SequenceColdItemsData split = catalog.SplitColdItems(sequences, share, ColdItems.Seed);
        return new EvaluationSplit(split.TrainSet, split.TestSet, new ColdItems(share, split.ColdItems.Cast<string>().ToHashSet(StringComparer.Ordinal)));
    }
}

/// <summary>The items that a split made new.</summary>
/// <param name="Share">Their share of all items.</param>
/// <param name="Ids">Their ids.</param>
internal sealed record ColdItems(double Share, IReadOnlySet<string> Ids)
{
    /// <summary>The seed of the draw, whatever the seed of the training is: figures of several seeds are then about the same items.</summary>
    public const int Seed = 1;
}
