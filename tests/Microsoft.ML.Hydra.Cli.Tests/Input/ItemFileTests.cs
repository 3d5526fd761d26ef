using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

/// <summary>What a file says of items: which columns are words and which are numbers, and every cell of them.</summary>
public sealed class ItemFileTests : IDisposable
{
    private static readonly HydraSequenceRecommendationTrainer.Options s_options = new();

    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_column_of_finite_numbers_and_empty_cells_is_a_number_and_every_other_one_holds_words()
    {
        ItemTable table = Read("itemId,title,price,code,genres,year\n007, Red mug ,1.5,12,Cup|Red,1999\nb,,,x,, -2e3\n");
        IDataView view = table.ToView(s_options);

        Assert.Equal(["ItemId", "Text", "Features"], view.Schema.Select(column => column.Name));
        Assert.Equal(["007", "b"], view.GetColumn<string>("ItemId"));
        Assert.Equal([["Red mug", "12", "Cup|Red"], ["", "x", ""]], view.GetColumn<string[]>("Text"));
        Assert.Equal([[1.5f, 1999], [float.NaN, -2000]], view.GetColumn<float[]>("Features"));
        Assert.Equal(new VectorDataViewType(TextDataViewType.Instance, 3), view.Schema["Text"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), view.Schema["Features"].Type);
        Assert.Equal(["title", "code", "genres"], SlotNames(view, "Text"));
        Assert.Equal(["price", "year"], SlotNames(view, "Features"));
    }

    [Fact]
    public void The_columns_have_the_names_of_the_options()
    {
        var options = new HydraSequenceRecommendationTrainer.Options { ItemIdColumnName = "Product", ItemTextColumnName = "Title", ItemFeaturesColumnName = "Numbers" };

        Assert.Equal(["Product", "Title", "Numbers"], Read("itemId,title,price\na,x,1\n").ToView(options).Schema.Select(column => column.Name));
    }

    [Theory]
    [InlineData("itemId,title\na,x\n", "ItemId", "Text")]
    [InlineData("itemId,price\na,1\n", "ItemId", "Features")]
    [InlineData("itemId,title,empty\na,x,\n", "ItemId", "Text")]
    [InlineData("price,movie_id\n1,a\n", "ItemId", "Features")]
    public void There_are_no_columns_of_what_the_file_does_not_say(string text, params string[] expected) =>
        Assert.Equal(expected, Read(text).ToView(s_options).Schema.Select(column => column.Name));

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e300")]
    [InlineData("NA")]
    public void A_cell_that_is_no_finite_number_makes_its_column_words(string cell)
    {
        ItemTable table = Read($"itemId\tprice\na\t1\nb\t{cell}\nc\t\n", "items.tsv");

        Assert.Equal([["1"], [cell], [""]], table.ToView(s_options).GetColumn<string[]>("Text"));
        Assert.Empty(table.Hints);
    }

    [Fact]
    public void Quotes_separators_and_line_ends_are_read_as_in_a_data_file()
    {
        ItemTable table = Read("# from the shop\nitemId;text;price\n\"a;b\";\"two\nlines; \"\"quoted\"\"\";1\n\n//c;;\"2\"\n", "items.csv");
        IDataView view = table.ToView(s_options);

        Assert.Equal(["a;b", "//c"], view.GetColumn<string>("ItemId"));
        Assert.Equal([["two\nlines; \"quoted\""], [""]], view.GetColumn<string[]>("Text"));
        Assert.Equal([[1f], [2f]], view.GetColumn<float[]>("Features"));
        Assert.StartsWith($"Read {table.File.Path}: separator semicolon (guessed; --items-separator sets it); 2 items ('itemId')", ItemTableText.Line(table), StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_file_and_another_encoding_are_read()
    {
        ItemTable zipped = Read(TableFile.Open(_directory.WriteGzip("items.txt.gz", "itemId\ttext\na\tb, c\n"), null, TableKind.Items));
        string path = _directory.PathTo("latin.csv");
        File.WriteAllText(path, "itemId,text\na,caf\u00E9\n", Encoding.Latin1);
        ItemTable latin = Read(TableFile.Open(path, new FileFormat(Encoding: FileFormat.ParseEncoding("latin1")), TableKind.Items));

        Assert.Equal([["b, c"]], zipped.ToView(s_options).GetColumn<string[]>("Text"));
        Assert.Equal([["caf\u00E9"]], latin.ToView(s_options).GetColumn<string[]>("Text"));
        Assert.Contains(
            "Line 2 of the item file", Assert.Throws<UserErrorException>(() => Read(TableFile.Open(path, null, TableKind.Items))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_that_are_named_and_columns_without_a_name_are_left_out()
    {
        ItemTable table = Read(",itemId,Link,title\n0,a,http://x,Mug\n1,b,http://y,Cup\n", columns: new ItemColumnChoice(Ignored: ["link"]));

        Assert.Equal(["title"], table.WordColumns);
        Assert.Empty(table.NumberColumns);
        Assert.EndsWith("; 2 items ('itemId'); words from 'title'; left out 'column 1', 'Link'", ItemTableText.Line(table), StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_counts_items_empty_cells_and_items_of_which_nothing_is_known()
    {
        ItemTable table = Read("itemId,title,price\na,Mug,1\nb,-,\nc,,\n ,Cup,2\n");

        Assert.EndsWith(
            ": separator comma; 3 items ('itemId'); words from 'title'; numbers from 'price', 2 empty cells; 2 items without any word or number",
            ItemTableText.Line(table),
            StringComparison.Ordinal);
        Assert.Equal(1, table.RowsWithoutId);
    }

    [Fact]
    public void Many_columns_are_counted_in_the_report()
    {
        string names = string.Join(',', Enumerable.Range(1, 384).Select(i => FormattableString.Invariant($"v{i}")));
        ItemTable table = Read($"itemId,{names}\na,{string.Join(',', Enumerable.Repeat("0.5", 384))}\n");

        Assert.Equal(384, table.ToView(s_options).GetColumn<float[]>("Features").Single().Length);
        Assert.EndsWith("numbers from 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'v10' and 374 more", ItemTableText.Line(table), StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_looks_like_numbers_or_like_ids_gives_a_hint()
    {
        string[] rows = [.. Enumerable.Range(1, 20).Select(i => FormattableString.Invariant($"i{i},{i * 7},{i % 5},{(i == 3 ? "NA" : "1.5")}\n"))];
        ItemTable table = Read("itemId,other,stars,price\n" + string.Concat(rows));

        Assert.Equal(["other", "stars"], table.NumberColumns);
        Assert.Equal(2, table.Hints.Count);
        Assert.Contains("'other' of the item file", table.Hints[0], StringComparison.Ordinal);
        Assert.Contains("another whole number in every row, as ids have", table.Hints[0], StringComparison.Ordinal);
        Assert.Contains("is read as words: 19 cells are numbers, but 1 is not, such as 'NA' in row 3.", table.Hints[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_with_a_comma_are_words_and_a_hint_says_so()
    {
        ItemTable table = Read("itemId;price;tags\na;3;1,2\nb;3,5;1,2,3\nc;;4\n");

        Assert.Equal(["price", "tags"], table.WordColumns);
        Assert.Contains(
            "The column 'price' of the item file '", Assert.Single(table.Hints), StringComparison.Ordinal);
        Assert.Contains("if a comma is a decimal point, such as '3,5' in row 2. Write these numbers with a point", table.Hints[0], StringComparison.Ordinal);
        Assert.Equal(["price"], Read("itemId;price\na;3\nb;3.5\nc;\n").NumberColumns);
    }

    [Fact]
    public void A_name_that_two_columns_have_is_an_error_unless_they_are_left_out()
    {
        const string Text = "itemId,title,name,title\na,x,u,y\n";
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read(Text));

        Assert.Contains("has the column 'title' more than once; rename or remove the others, or leave all of them out with --ignore-columns.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["name"], Read(Text, columns: new ItemColumnChoice(Ignored: ["title"])).WordColumns);
        Assert.Equal(["title", "name"], Read("itemId,title,name,\na,x,u,\n").WordColumns);
    }

    [Theory]
    [InlineData("itemId,title\na,x\nb,y\n a ,z\n", "Rows 1 and 3 of the item file ", "(the header not counted) both have 'a' in the column 'itemId'; expected one row for each item.")]
    [InlineData("itemId,title,price\na,x,1\nb,two\nlines,2\n", "Line 3 of the item file ", "has 2 fields, split at comma; expected 3 as in the header.")]
    [InlineData("itemId,title\na,x,y\n", "Line 2 of the item file ", "has 3 fields, split at comma; expected 2 as in the header.")]
    [InlineData("itemId,title\na,x\nb,\"open\nc,y\n", "Line 3 of the item file ", "has a double quote that is never closed")]
    [InlineData("name,title\na,x\n", "has no column 'itemId'; its header, split at comma, has 'name', 'title'; name the right one with --items-id-column, or give the separator with --items-separator.")]
    [InlineData("sku,asin,title\na,b,x\n", "2 columns can be the item: 'sku' (column 1) and 'asin' (column 2); choose one by name or position with --items-id-column, such as --items-id-column 1.")]
    [InlineData("itemId\na\n", "has no column that says something of the items; expected words or numbers beside the item 'itemId'")]
    [InlineData("itemId,title\na,\nb, \n", "every other cell is empty")]
    [InlineData("itemId,title\n", "has a header and no rows.")]
    [InlineData("itemId,title\n,x\n", "No row of the item file", "has an item in the column 'itemId'")]
    [InlineData("", "is empty; expected a header row with column names and then the items.")]
    public void What_cannot_be_read_is_one_sentence(string text, params string[] expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read(text));

        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_column_that_is_ignored_must_exist()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("itemId,title\na,x\n", columns: new ItemColumnChoice(Ignored: ["link"])));

        Assert.Contains("--ignore-columns names 'link', but the item file", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("expected names among 'title'.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("items.xlsx", "itemId,x\n", "unknown extension; expected .csv, .tsv or .txt, each also with .gz, or say with --items-separator")]
    [InlineData("items.csv.gz", "itemId,x\n", "The item file", "is not an intact gzip file")]
    public void A_file_of_another_kind_is_an_error(string name, string text, params string[] expected)
    {
        string path = _directory.Write(name, text);
        UserErrorException error = Assert.Throws<UserErrorException>(() => TableFile.Open(path, null, TableKind.Items));

        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_trained_model_reads_its_columns_by_name_and_in_its_order()
    {
        var trained = new ItemColumnChoice(Trained: new TrainedItemColumns(["size", "title"], ["weight", "price"]));
        ItemTable table = Read("itemId,price,new,weight,title,size\nn,1,x,,Mug,12\n", columns: trained);
        IDataView view = table.ToView(s_options);

        Assert.Equal([["12", "Mug"]], view.GetColumn<string[]>("Text"));
        Assert.Equal([[float.NaN, 1f]], view.GetColumn<float[]>("Features"));
        Assert.Equal(["new"], table.LeftOut);
    }

    [Theory]
    [InlineData("itemId,title\nn,x\n", "has no column 'price', from which the model reads numbers; its header, split at comma, has 'itemId', 'title'. Add the column; its cells may be empty.")]
    [InlineData("itemId,price\nn,1\n", "has no column 'title', from which the model reads words")]
    [InlineData("itemId,title,price\nn,x,1\nm,y,cheap\n", "Row 2 of the item file", "has 'cheap' in the column 'price', which the model was trained with as numbers; expected a finite number or an empty cell.")]
    [InlineData("itemId,title,price,price\nn,x,1,2\n", "has the column 'price' more than once")]
    public void A_file_that_does_not_fit_a_trained_model_is_an_error(string text, params string[] expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => Read(text, columns: new ItemColumnChoice(Trained: new TrainedItemColumns(["title"], ["price"]))));

        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private ItemTable Read(string text, string name = "items.csv", ItemColumnChoice? columns = null) =>
        Read(TableFile.Open(_directory.Write(name, text), null, TableKind.Items), columns);

    private ItemTable Read(TableFile file, ItemColumnChoice? columns = null) => ItemFile.Read(_mlContext, file, columns ?? new ItemColumnChoice());

    private static string[] SlotNames(IDataView view, string column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema[column].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
