using System.Text;
using Microsoft.ML.Hydra.Cli.Commands;
using Microsoft.ML.Hydra.Cli.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

public sealed class RecommendationCsvTests
{
    [Fact]
    public void Each_item_is_a_row_with_ranks_from_one_and_quotes_where_needed()
    {
        using var stream = new MemoryStream();
        (long, long) users = RecommendationCsv.Write(
            stream,
            [
                new Recommendations("u1", ["a", "b, c"], [1.5f, -0.1f]),
                new Recommendations("say \"hi\"", ["x"], [1e-9f]),
                new Recommendations("empty", [], []),
            ]);

        Assert.Equal((3, 1), users);
        Assert.Equal(
            "userId,rank,itemId,score\nu1,1,a,1.5\nu1,2,\"b, c\",-0.1\n\"say \"\"hi\"\"\",1,x,1E-09\n",
            Encoding.UTF8.GetString(stream.ToArray()));
        Assert.True(stream.CanWrite);
    }
}
