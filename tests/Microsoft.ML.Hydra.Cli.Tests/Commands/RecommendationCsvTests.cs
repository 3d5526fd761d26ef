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

    [Fact]
    public void Ids_that_a_spreadsheet_would_calculate_are_not_changed()
    {
        using var stream = new MemoryStream();
        RecommendationCsv.Write(stream, [new Recommendations("+49", ["=1+1", "-2", "@x", "=A1,\"b\""], [1, 1, 1, 1])]);

        Assert.Equal(
            "userId,rank,itemId,score\n+49,1,=1+1,1\n+49,2,-2,1\n+49,3,@x,1\n+49,4,\"=A1,\"\"b\"\"\",1\n", Encoding.UTF8.GetString(stream.ToArray()));
    }
}
