using System.Globalization;

namespace ServingWithSqlite;

/// <summary>One click in the shop.</summary>
/// <param name="Number">Its place among all clicks, given by their source: they come in this order, and a click keeps it when it is delivered again.</param>
/// <param name="User">Who clicked.</param>
/// <param name="Item">On what.</param>
internal sealed record Click(long Number, string User, string Item)
{
    /// <summary>Reads <c>NUMBER,USER,ITEM</c>; the item may hold commas.</summary>
    /// <exception cref="InvalidDataException">It is no such line.</exception>
    public static Click Parse(string line) =>
        line.Split(',', 3) is [var number, { Length: > 0 } user, { Length: > 0 } item]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? new Click(value, user, item)
            : throw new InvalidDataException($"'{line}' is no click; write its number, its user and its item, such as 7,anna,Tarn Tent.");
}
