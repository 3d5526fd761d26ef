using System.Text;

namespace Microsoft.ML.Hydra.Text.Tests.Encoders;

/// <summary>Writes an ONNX file whose graph looks tokens up in a table, [V, d], as protobuf messages.</summary>
internal sealed record TinyOnnx
{
    private const int Single = 1, Int64 = 7;

    /// <summary>The vector of each token.</summary>
    public required float[][] Table { get; init; }

    public string Input { get; init; } = "input_ids";

    public int InputType { get; init; } = Int64;

    /// <summary>One more input, which the graph does not use; null for none.</summary>
    public string? OtherInput { get; init; }

    /// <summary>Whether the graph means over the tokens itself.</summary>
    public bool Pools { get; init; }

    /// <summary>Whether the shape of the output states d.</summary>
    public bool StatesWidth { get; init; } = true;

    /// <summary>Whether the output is a number for each text only.</summary>
    public bool GivesTokens { get; init; }

    public void Write(string path)
    {
        byte[] table = Message(
            (1, Varint(Table.Length)), (1, Varint(Table[0].Length)), (2, Varint(Single)), (8, Text("table")), (9, Bytes(Table.SelectMany(row => row).SelectMany(BitConverter.GetBytes))));
        byte[] lookUp = Message((1, Text("table")), (1, Text(Input)), (2, Text("states")), (4, Text("Gather")));
        byte[] axes = Message((1, Text("axes")), (8, Varint(1)), (20, Varint(7)));
        byte[] keep = Message((1, Text("keepdims")), (3, Varint(0)), (20, Varint(2)));
        byte[] mean = Message((1, Text("states")), (2, Text("sentence_embedding")), (4, Text("ReduceMean")), (5, Bytes(axes)), (5, Bytes(keep)));
        byte[] copy = Message((1, Text(Input)), (2, Text("tokens")), (4, Text("Identity")));
        object width = StatesWidth ? Table[0].Length : "d";
        byte[] output = GivesTokens ? Value("tokens", Int64, "b", "t") : Pools ? Value("sentence_embedding", Single, "b", width) : Value("states", Single, "b", "t", width);
        byte[] graph = Message(
        [
            .. InputType == Int64 && !GivesTokens ? [(1, Bytes(lookUp))] : Array.Empty<(int, byte[])>(),
            .. Pools ? [(1, Bytes(mean))] : Array.Empty<(int, byte[])>(),
            .. InputType != Int64 ? [(1, Bytes(Message((1, Text(Input)), (2, Text("states")), (4, Text("Identity")))))] : Array.Empty<(int, byte[])>(),
            .. GivesTokens ? [(1, Bytes(copy))] : Array.Empty<(int, byte[])>(),
            (2, Text("tiny")),
            .. InputType == Int64 && !GivesTokens ? [(5, Bytes(table))] : Array.Empty<(int, byte[])>(),
            (11, Bytes(InputType == Int64 ? Value(Input, Int64, "b", "t") : Value(Input, InputType, "b", "t", width))),
            .. OtherInput is null ? [] : new[] { (11, Bytes(Value(OtherInput, Int64, "b", "t"))) },
            (12, Bytes(output)),
        ]);
        File.WriteAllBytes(path, Message((1, Varint(8)), (7, Bytes(graph)), (8, Bytes(Message((1, Text("")), (2, Varint(13)))))));
    }

    private static byte[] Value(string name, int type, params object[] dimensions)
    {
        byte[] shape = Message([.. dimensions.Select(size => (1, Bytes(size is int number ? Message((1, Varint(number))) : Message((2, Text((string)size))))))]);
        byte[] tensor = Message((1, Varint(type)), (2, Bytes(shape)));
        return Message((1, Text(name)), (2, Bytes(Message((1, Bytes(tensor))))));
    }

    // A field is 8 · number + kind, then its content: kind 0 a number, kind 2 bytes after their count. The first byte holds the kind.
    private static byte[] Message(params (int Number, byte[] Content)[] fields) =>
        [.. fields.SelectMany(field => RawVarint((field.Number << 3) | field.Content[0]).Concat(field.Content.Skip(1)))];

    private static byte[] Varint(long value) => [0, .. RawVarint(value)];

    private static byte[] Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(IEnumerable<byte> bytes)
    {
        byte[] content = [.. bytes];
        return [2, .. RawVarint(content.Length), .. content];
    }

    private static IEnumerable<byte> RawVarint(long value)
    {
        for (; value >= 128; value >>= 7)
        {
            yield return (byte)(value | 128);
        }

        yield return (byte)value;
    }
}
