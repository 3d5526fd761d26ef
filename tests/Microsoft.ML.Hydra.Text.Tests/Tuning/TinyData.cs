using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>Training data of histories that a test writes down.</summary>
internal static class TinyData
{
    public static TrainingData Of(int numberOfItems, int[][] histories, SequenceValidation validation = SequenceValidation.LeaveLastOut)
    {
        int[] offsets = [0, .. histories.Select((_, i) => histories.Take(i + 1).Sum(history => history.Length))];
        return TrainingData.Split(new SequenceDataset([.. histories.SelectMany(history => history)], offsets, numberOfItems), validation, 0, new Random(1));
    }
}
