using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

/// <summary>No row and no field is left out without a word.</summary>
public sealed class RowTextTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("userId,itemId\n//cdn/1,i1\nu,i2\n//\"q\",i3\n", "//cdn/1|i1", "u|i2", "//\"q\"|i3")]
    [InlineData("# made by hand\n// twice\nuserId,itemId\n//u,a\n#u,b\n", "//u|a", "#u|b")]
    [InlineData("userId,itemId\n\"u\n//v\",a\n//w,b\n", "u\n//v|a", "//w|b")]
    [InlineData("userId,itemId\nu,\"a\"\"\n//b\"\n// v ,c\n", "u|a\"\n//b", "// v|c")]
    public void A_row_that_begins_with_two_slashes_is_read(string text, params string[] expected) => Assert.Equal(expected, Ids(text));

    [Theory]
    [InlineData("//u,a\nv,b\n", "//u|a", "v|b")]
    [InlineData("#u,a\n#v,b\n//w,c\n", "#u|a", "#v|b", "//w|c")]
    public void Without_a_header_the_first_row_is_read_whatever_it_begins_with(string text, params string[] expected) =>
        Assert.Equal(expected, Ids(text, new FileFormat(HasHeader: false)));

    [Theory]
    [InlineData("userId,timestamp,itemId\nu1,8,Pot\nu1,9,Mug, large\n", true, "Line 3 ", "has 4 fields, split at comma; expected 3 as in the header")]
    [InlineData("userId,itemId\n\"u\n1\",a\n\nu,\"a,b\",c\n", true, "Line 5 ", "has 3 fields, split at comma; expected 2")]
    [InlineData("u,a\nv,b\nw,c,d,e,\n", false, "Line 3 ", "has 4 fields, split at comma; expected 2 as in the first row")]
    public void A_row_with_more_fields_than_the_header_is_an_error(string text, bool hasHeader, params string[] expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Ids(text, new FileFormat(HasHeader: hasHeader)));

        Assert.All([.. expected, "double quotes", "--separator"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_quote_that_is_never_closed_is_an_error_and_no_field_of_many_rows()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Ids("userId,itemId\nu,a\nv,\"b\nw,c\n"));

        Assert.Contains("Line 3 of the data file", error.Message, StringComparison.Ordinal);
        Assert.Contains("has a double quote that is never closed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_separator_is_guessed_from_the_header_and_not_from_a_comment_before_it() =>
        Assert.Equal(["u|a"], Ids("# users, items\nuserId;itemId\nu;a\n"));

    [Fact]
    public void Quoted_separators_and_blank_fields_at_the_end_are_read() =>
        Assert.Equal(["u|a,b", "v|c", "w|\"d"], Ids("userId,itemId\nu, \"a,b\" \nv,c,, \nw,\"\"\"d\"\n"));

    private string[] Ids(string text, FileFormat? format = null)
    {
        IDataView view = InteractionReader.Read(
            _mlContext, TableFile.Open(_directory.Write("d.csv", text), format), new InteractionColumns()).View;
        return [.. view.GetColumn<string>(Interactions.User).Zip(view.GetColumn<string>(Interactions.Item), (user, item) => $"{user}|{item}")];
    }
}
