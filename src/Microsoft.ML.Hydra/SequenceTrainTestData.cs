namespace Microsoft.ML.Hydra;

/// <summary>The two parts of a split of sequences.</summary>
public sealed class SequenceTrainTestData
{
    internal SequenceTrainTestData(IDataView trainSet, IDataView testSet)
    {
        TrainSet = trainSet;
        TestSet = testSet;
    }

    /// <summary>The sequences to train on: every column of the source, with the sequence columns cut.</summary>
    public IDataView TrainSet { get; }

    /// <summary>
    /// The sequences to evaluate on: every column of the source, with the sequence columns cut to the history,
    /// the column <c>NextItem</c> with the item that came next and, where there are timestamps, <c>NextTimestamp</c> with its time.
    /// </summary>
    public IDataView TestSet { get; }
}
