using System.Text;
using System.Text.Json;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Changes values and names of a JSON text, such that most results are still JSON and reach what reads the values.</summary>
internal sealed class JsonDamage
{
    private static readonly string[] s_odd =
    [
        "null", "true", "false", "0", "-1", "1", "2", "3", "5", "8", "64", "255", "0.5", "-0.0", "1e-320", "1e308", "-1e308", "1e999", "2147483647", "2147483648", "-2147483648",
        "4294967296", "9223372036854775807", "9223372036854775808", "1e19", "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "\"\"", "\"0\"", "\"\\ud800\"", "\"\\u0000\"", "\"Items\"",
        "[]", "{}", "[null]", "[0]", "[1,2]", "[2,1]", "[-1,1]", "{\"a\":0}", "00", "nul", "'a'", "\"" + new string('x', 3000) + "\"", new string('[', 200) + new string(']', 200),
    ];

    private readonly byte[] _json;
    private readonly List<(int Start, int End)> _values = [];
    private readonly List<(int Start, int End)> _names = [];
    private readonly List<(int Start, int End)> _properties = [];

    /// <param name="json">A valid text.</param>
    public JsonDamage(byte[] json)
    {
        _json = json;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var open = new Stack<(int Start, int Property)>();
        int property = -1;
        while (reader.Read())
        {
            (int start, int end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    property = start;
                    _names.Add((start, start + reader.ValueSpan.Length + 2));
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    open.Push((start, property));
                    property = -1;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    (int first, property) = open.Pop();
                    AddValue(first, end, ref property);
                    break;
                default:
                    AddValue(start, end, ref property);
                    break;
            }
        }
    }

    /// <summary>A damaged copy.</summary>
    public byte[] Apply(Random random)
    {
        switch (random.Next(10))
        {
            case 0 when _properties.Count > 0:
                (int start, int end) = Pick(_properties, random);
                int comma = end < _json.Length && _json[end] == ',' ? 1 : 0;
                return Splice(start, end + comma, []);
            case 1 when _properties.Count > 0:   // twice, the second time with another value or with the same
                (start, end) = Pick(_properties, random);
                return Splice(start, start, [.. _json[start..end], (byte)',']);
            case 2 when _names.Count > 0:
                (start, end) = Pick(_names, random);
                return Splice(start, end, random.Next(2) == 0 ? "\"Unknown\""u8 : _json[Range(Pick(_names, random))]);
            case 3 or 4:
                (start, end) = Pick(_values, random);
                return Splice(start, end, _json[Range(Pick(_values, random))]);
            case 5:
                (start, end) = Pick(_values, random);
                return Splice(start, end, Encoding.ASCII.GetBytes(random.Next(-2, 40).ToString(System.Globalization.CultureInfo.InvariantCulture)));
            default:
                (start, end) = Pick(_values, random);
                return Splice(start, end, Encoding.ASCII.GetBytes(s_odd[random.Next(s_odd.Length)]));
        }
    }

    private static Range Range((int Start, int End) span) => span.Start..span.End;

    private static (int Start, int End) Pick(List<(int Start, int End)> spans, Random random) => spans[random.Next(spans.Count)];

    private void AddValue(int start, int end, ref int property)
    {
        _values.Add((start, end));
        if (property >= 0)
        {
            _properties.Add((property, end));
            property = -1;
        }
    }

    private byte[] Splice(int start, int end, ReadOnlySpan<byte> replacement) => [.. _json.AsSpan(0, start), .. replacement, .. _json.AsSpan(end)];
}
