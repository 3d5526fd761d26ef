using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

public sealed class InteractionsTests
{
    [Fact]
    public void Facts_count_users_different_items_events_and_users_to_test()
    {
        IDataView sequences = new MLContext().Data.LoadFromEnumerable(
            [new HistoryRow { Items = ["a", "b", "a"] }, new HistoryRow { Items = ["b"] }, new HistoryRow { Items = ["A", "c"] }]);

        Assert.Equal(new SequenceFacts(Users: 3, Items: 4, Events: 6, UsersToTest: 2), SequenceFacts.Count(sequences));
    }
}
