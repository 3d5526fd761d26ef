using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

/// <summary>Which columns of a header are taken.</summary>
public sealed class HeaderRowTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("userId,itemId,time", "userId", "itemId", "time")]
    [InlineData("user_id,item_id,event_time", "user_id", "item_id", "event_time")]
    [InlineData("User ID,Product-Id,Date", "User ID", "Product-Id", "Date")]
    [InlineData("userId,movieId,rating,timestamp", "userId", "movieId", "timestamp")]
    [InlineData("timestamp,visitorid,event,itemid,transactionid", "visitorid", "itemid", "timestamp")]
    [InlineData("reviewerID,asin,reviewerName,overall,unixReviewTime", "reviewerID", "asin", "unixReviewTime")]
    [InlineData("customer_id,sku,ts", "customer_id", "sku", "ts")]
    [InlineData("uid,iid,datetime", "uid", "iid", "datetime")]
    [InlineData("user,item,eventTime", "user", "item", "eventTime")]
    [InlineData("t_dat,customer_id,article_id,price", "customer_id", "article_id", "t_dat")]
    [InlineData("userId,user_id,itemId,item,timestamp,time", "userId", "itemId", "timestamp")]
    [InlineData("userId,itemId,when", "userId", "itemId", null)]
    public void Usual_names_are_known_and_exact_ones_are_taken_first(string header, string user, string item, string? time)
    {
        Interactions read = Read(header);

        Assert.Equal((user, item, time), (read.UserColumn, read.ItemColumn, read.TimestampColumn));
    }

    [Theory]
    [InlineData("userId,itemId,date,time", "2 columns can be the time: 'date' (column 3) and 'time' (column 4)", "--timestamp-column")]
    [InlineData("user,user_id,itemId", "2 columns can be the user: 'user' (column 1) and 'user_id' (column 2)", "--user-column")]
    [InlineData("userId,sku,asin,iid", "3 columns can be the item: 'sku' (column 2) and 'asin' (column 3) and 'iid' (column 4)", "--item-column")]
    [InlineData("userId,itemId,itemId", "2 columns can be the item: 'itemId' (column 2) and 'itemId' (column 3)", "--item-column")]
    [InlineData("userId,itemId,timestamp,timestamp", "'timestamp' (column 3) and 'timestamp' (column 4)", "--timestamp-column")]
    public void Two_columns_that_fit_are_an_error_with_both_and_the_argument_that_decides(string header, params string[] expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read(header));

        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_position_chooses_between_two_columns_of_one_name()
    {
        string path = _directory.Write("d.csv", "userId,itemId,itemId\nu,a,b\n");
        Interactions read = InteractionReader.Read(_mlContext, path, new InteractionColumns(Item: "3"));

        Assert.Equal(["b"], read.View.GetColumn<string>(Interactions.Item));
    }

    [Fact]
    public void An_unsorted_file_with_a_usual_time_name_is_sorted_by_it_and_said_so()
    {
        string path = _directory.Write("d.csv", "userId,itemId,time\nu,c,3\nu,a,1\nu,b,2\n");
        Interactions read = InteractionReader.Read(_mlContext, path, new InteractionColumns());
        IDataView sequences = read.Group(_mlContext, dropRepeats: false, out InteractionReport report);

        Assert.Equal([["a", "b", "c"]], sequences.GetColumn<string[]>("Items"));
        Assert.Equal("time", report.TimestampColumnName);
        Assert.Contains("Order: by 'time', from 1 to 3", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_time_column_the_report_says_that_the_order_of_the_rows_counts()
    {
        Interactions read = Read("userId,itemId,when");
        read.Group(_mlContext, dropRepeats: false, out InteractionReport report);
        string[] lines = [.. ReadingText.Lines(read, report)];

        Assert.Contains("no time: none of 'when' is a usual name; --timestamp-column sets it", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Order: that of the rows", lines[2], StringComparison.Ordinal);
    }

    private Interactions Read(string header) => InteractionReader.Read(
        _mlContext,
        _directory.Write("d.csv", header + "\n" + string.Join(',', header.Split(',').Select((_, i) => (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture))) + "\n"),
        new InteractionColumns());
}
