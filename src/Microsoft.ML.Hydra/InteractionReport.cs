using System.Text;

namespace Microsoft.ML.Hydra;

/// <summary>What <see cref="SequenceRecommendationCatalog.GroupInteractions(IDataView, InteractionGroupingOptions, out InteractionReport)"/> found in the interactions.</summary>
public sealed record InteractionReport
{
    // A time that is given in seconds, milliseconds, microseconds or nanoseconds since 1970 and lies between the years 1973 and 2286.
    private const double FirstPlausibleSecond = 1e8, LastPlausibleSecond = 1e10;

    // Above it floating numbers leave whole numbers out.
    private const double LargestExactNumber = 1L << 53;

    /// <summary>The column with the user.</summary>
    public required string UserColumnName { get; init; }

    /// <summary>The column with the item.</summary>
    public required string ItemColumnName { get; init; }

    /// <summary>The column whose times give the order of the events; <see langword="null"/> when the order of the rows counts.</summary>
    public string? TimestampColumnName { get; init; }

    /// <summary>Rows that were read.</summary>
    public long NumberOfRows { get; init; }

    /// <summary>Different users with an event.</summary>
    public long NumberOfUsers { get; init; }

    /// <summary>Different items with an event.</summary>
    public long NumberOfItems { get; init; }

    /// <summary>Events in the sequences: rows without those that were skipped and dropped.</summary>
    public long NumberOfEvents { get; init; }

    /// <summary>The earliest time, an Int64, Double or DateTime as the sequences hold it; <see langword="null"/> without times.</summary>
    public object? FirstTime { get; init; }

    /// <summary>The latest time, of the type of <see cref="FirstTime"/>; <see langword="null"/> without times.</summary>
    public object? LastTime { get; init; }

    /// <summary>Events at the same time as the user's event before them; the order of the rows decides between the two. 0 without a time column.</summary>
    public long NumberOfTies { get; init; }

    /// <summary>Events with the user, item and time of another one before them. 0 without a time column.</summary>
    public long NumberOfExactDuplicates { get; init; }

    /// <summary>Events with the item of the user's event before them, exact duplicates included.</summary>
    public long NumberOfRepeats { get; init; }

    /// <summary>Events left out because of <see cref="InteractionGroupingOptions.DropRepeats"/>.</summary>
    public long NumberOfDroppedRepeats { get; init; }

    /// <summary>Rows skipped because they have no user (empty text, a missing key).</summary>
    public long NumberOfRowsWithoutUser { get; init; }

    /// <summary>Rows skipped because they have a user and no item (empty text, a missing key, the integer 0).</summary>
    public long NumberOfRowsWithoutItem { get; init; }

    /// <summary>Rows among <see cref="NumberOfRowsWithoutItem"/> whose item is the integer 0.</summary>
    public long NumberOfRowsWithItemZero { get; init; }

    /// <summary>Rows skipped because they have a user and an item and no time (NaN, the zero DateTime).</summary>
    public long NumberOfRowsWithoutTime { get; init; }

    /// <summary>Whether some times look like seconds since 1970 and others like milliseconds, microseconds or nanoseconds.</summary>
    public bool HasMixedTimeUnits { get; init; }

    /// <summary>What is likely to be wrong, a sentence or two each; empty when nothing is.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            List<string> warnings = [];
            if (NumberOfSkippedRows > 0)
            {
                warnings.Add(Invariant(
                    $"Skipped {NumberOfSkippedRows} of {NumberOfRows} interactions: {NumberOfRowsWithoutUser} without a user, {NumberOfRowsWithoutItem} without an item, {NumberOfRowsWithoutTime} without a time.")
                    + (NumberOfRowsWithItemZero > 0 ? Invariant(
                    $" {NumberOfRowsWithItemZero} of them have the item 0 in the integer column '{ItemColumnName}', and 0 means missing in ML.NET's keys and in sequences: if 0 is an item, convert the ids to text with Transforms.Conversion.ConvertType (DataKind.String), or add 1 to each, with Transforms.Expression where they are Int32 or Int64.") : string.Empty));
            }

            if (HasMixedTimeUnits)
            {
                warnings.Add(Invariant(
                    $"The times of '{TimestampColumnName}' go from {TimeText(FirstTime)} to {TimeText(LastTime)}, which looks like seconds in some rows and a finer unit, such as milliseconds, in others: the order is wrong unless all rows have one unit."));
            }

            if (Math.Max(LargestOf(FirstTime), LargestOf(LastTime)) is var largest && largest > LargestExactNumber && UnitOf(largest) is not null)
            {
                warnings.Add(Invariant(
                    $"The times of '{TimestampColumnName}' go up to {TimeText(LastTime)} as floating numbers, which are not exact above 2^53: times close to each other became equal; load the column as Int64, and leave out times with a fraction."));
            }

            return warnings;
        }
    }

    private long NumberOfSkippedRows => NumberOfRowsWithoutUser + NumberOfRowsWithoutItem + NumberOfRowsWithoutTime;

    /// <summary>The report for people: one line with the counts and one with the order of the events.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(Invariant(
            $"{NumberOfRows:N0} rows: {NumberOfUsers:N0} users ('{UserColumnName}'), {NumberOfItems:N0} items ('{ItemColumnName}'), {NumberOfEvents:N0} events"));
        text.Append(NumberOfSkippedRows == 0 ? "; no row skipped" : Invariant(
            $"; skipped rows: {NumberOfSkippedRows:N0} ({NumberOfRowsWithoutUser:N0} without a user, {NumberOfRowsWithoutItem:N0} without an item, {NumberOfRowsWithoutTime:N0} without a time)"));
        text.Append('\n');
        text.Append(TimestampColumnName is null
            ? Invariant($"Order: that of the rows, because no column gives the time; consecutive repeats of an item: {NumberOfRepeats:N0}")
            : FirstTime is null ? $"Order: by '{TimestampColumnName}'; no event has a time"
            : Invariant(
                $"Order: by '{TimestampColumnName}', from {TimeText(FirstTime)} to {TimeText(LastTime)}; ties in time: {NumberOfTies:N0}, exact duplicates (user, item, time): {NumberOfExactDuplicates:N0}"));
        text.Append(NumberOfDroppedRepeats == 0 ? string.Empty : Invariant($"; repeats dropped: {NumberOfDroppedRepeats:N0}"));
        return text.ToString();
    }

    /// <summary>The unit of a number as a time since 1970: a power of 1000 above seconds; null where no unit is plausible.</summary>
    internal static int? UnitOf(double time)
    {
        double limit = Math.Abs(time);
        for (int unit = 0; unit < 4; unit++, limit /= 1000)
        {
            if (limit is >= FirstPlausibleSecond and < LastPlausibleSecond)
            {
                return unit;
            }
        }

        return null;
    }

    /// <summary>A time for people: a number that looks like a time since 1970 with its date.</summary>
    internal static string TimeText(object? time) => time switch
    {
        DateTime date => date.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        long number => NumberText(number, number.ToString(CultureInfo.InvariantCulture)),
        double number => NumberText(number, number.ToString("R", CultureInfo.InvariantCulture)),
        _ => "none",
    };

    private static double LargestOf(object? time) => time is double number ? Math.Abs(number) : 0;

    private static string NumberText(double number, string text) => UnitOf(number) is int unit
        ? $"{text} ({DateTime.UnixEpoch.AddSeconds(Math.Floor(number / Math.Pow(1000, unit))).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC)"
        : text;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
