using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Prior;

public sealed class OccurrencesTests
{
    [Fact]
    public void Events_of_an_item_come_by_sequence_then_by_index_and_a_sequence_counts_once()
    {
        SequenceDataset train = SampleSequences.Of(4, [3, 1, 3], [], [1, 3]);
        var occurrences = new Occurrences(train, train.CountItems());
        Assert.Equal([new(0, 1), new(2, 0)], occurrences.Of(1));
        Assert.Empty(occurrences.Of(2).ToArray());
        Assert.Equal([new(0, 0), new(0, 2), new(2, 1)], occurrences.Of(3));
        Assert.Empty(occurrences.Of(4).ToArray());
        Assert.Equal([0, 2, 0, 2, 0], occurrences.CountSequences());
    }
}
