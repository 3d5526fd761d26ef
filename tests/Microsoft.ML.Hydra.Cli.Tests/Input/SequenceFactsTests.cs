using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

public sealed class SequenceFactsTests
{
    [Fact]
    public void Users_different_items_events_and_testable_users_are_counted()
    {
        IDataView sequences = new MLContext().Data.LoadFromEnumerable(
            [new HistoryRow { Items = ["a", "b", "a"] }, new HistoryRow { Items = ["b"] }, new HistoryRow { Items = ["A", "c"] }]);

        Assert.Equal(new SequenceFacts(Users: 3, Items: 4, Events: 6, UsersToTest: 2), SequenceFacts.Count(sequences));
    }
}
