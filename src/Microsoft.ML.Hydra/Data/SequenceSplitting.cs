using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Data;

internal static class SequenceSplitting
{
    public static SequenceTrainTestData LeaveLastOut(IHostEnvironment environment, IDataView sequences, string itemsColumnName, string timestampsColumnName) => throw new NotSupportedException();

    public static SequenceTrainTestData ByTime(IHostEnvironment environment, IDataView sequences, DateTime boundary, string itemsColumnName, string timestampsColumnName) => throw new NotSupportedException();

    public static SequenceTrainTestData ByTime(IHostEnvironment environment, IDataView sequences, double testFraction, string itemsColumnName, string timestampsColumnName) => throw new NotSupportedException();
}
