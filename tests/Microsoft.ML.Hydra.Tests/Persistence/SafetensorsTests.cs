using System.Text;
using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

public sealed class SafetensorsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Everything_comes_back_as_it_was_written(bool seekable)
    {
        SafetensorsFile written = SafetensorsSamples.Mixed();
        byte[] bytes = SafetensorsSamples.ToBytes(written);

        SafetensorsFile read = SafetensorsFile.Read(seekable ? new MemoryStream(bytes) : new TrickleStream(bytes));

        Assert.Equal(SafetensorsSamples.Content(written), SafetensorsSamples.Content(read));
        Assert.Equal([1234567890123L], read["scalar"].Values<long>());
        Assert.Equal(0, read["scalar"].Shape.Length);
        Assert.Empty(read["empty"].Values<float>());
        Assert.Equal(bytes, SafetensorsSamples.ToBytes(read));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tensor_of_many_pieces_comes_back(bool seekable)
    {
        float[] values = [.. Enumerable.Range(0, 300_001).Select(i => i * 0.5f)];
        byte[] bytes = SafetensorsSamples.ToBytes(new SafetensorsFile([new NamedTensor("big", [values.Length], values)]));

        SafetensorsFile read = SafetensorsFile.Read(seekable ? new MemoryStream(bytes) : new TrickleStream(bytes, 10_007));

        Assert.Equal(values, read["big"].Values<float>());
    }

    [Fact]
    public void A_file_without_tensors_comes_back()
    {
        byte[] bytes = SafetensorsSamples.ToBytes(new SafetensorsFile([]));

        Assert.Equal(SafetensorsSamples.Raw("{}      "), bytes);
        Assert.Empty(SafetensorsFile.Read(new MemoryStream(bytes)).Tensors);
    }

    [Fact]
    public void The_bytes_are_exactly_those_of_the_layout()
    {
        var file = new SafetensorsFile(
            [new NamedTensor("a", [2], new[] { 1f, -2f }), new NamedTensor("b", [], new[] { 258L })],
            new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });

        // Wider elements come first in the buffer, so that every tensor is aligned; the header keeps the order given.
        const string header = """{"__metadata__":{"x":"1","y":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"b":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}""";
        byte[] expected =
        [
            0x90, 0, 0, 0, 0, 0, 0, 0,
            .. Encoding.ASCII.GetBytes(header.PadRight(144)),
            2, 1, 0, 0, 0, 0, 0, 0,
            0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0,
        ];
        Assert.Equal(expected, SafetensorsSamples.ToBytes(file));
    }

    [Fact]
    public void The_written_header_obeys_every_rule_of_the_layout()
    {
        byte[] bytes = SafetensorsSamples.ToBytes(SafetensorsSamples.Mixed());

        int length = (int)BitConverter.ToUInt64(bytes, 0);
        Assert.Equal(0, (8 + length) % 8);
        string header = new UTF8Encoding(false, true).GetString(bytes, 8, length);
        Assert.StartsWith("{", header, StringComparison.Ordinal);
        Assert.DoesNotContain(header[header.TrimEnd().Length..], c => c != ' ');
        using JsonDocument json = JsonDocument.Parse(header);
        Assert.All(json.RootElement.GetProperty("__metadata__").EnumerateObject(), p => Assert.Equal(JsonValueKind.String, p.Value.ValueKind));
        Assert.Equal(["alpha", "zeta", "ключ"], json.RootElement.GetProperty("__metadata__").EnumerateObject().Select(p => p.Name));

        long end = 0;
        foreach (JsonElement tensor in json.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__").Select(p => p.Value)
            .OrderBy(t => t.GetProperty("data_offsets")[0].GetInt64()).ThenBy(t => t.GetProperty("data_offsets")[1].GetInt64()))
        {
            int size = tensor.GetProperty("dtype").GetString()!.EndsWith("32", StringComparison.Ordinal) ? 4 : 8;
            long begin = tensor.GetProperty("data_offsets")[0].GetInt64();
            Assert.Equal(end, begin);
            Assert.Equal(0, begin % size);
            long count = tensor.GetProperty("shape").EnumerateArray().Aggregate(1L, (product, d) => product * d.GetInt64());
            end = tensor.GetProperty("data_offsets")[1].GetInt64();
            Assert.Equal(count * size, end - begin);
        }

        Assert.Equal(bytes.Length, 8 + length + end);
    }

    [Fact]
    public void Files_of_other_writers_are_read()
    {
        // No padding, other key order, unknown keys, escapes, header order unlike buffer order.
        byte[] bytes = SafetensorsSamples.Raw(
            """{"b":{"data_offsets":[4,8],"shape":[1],"note":null,"dtype":"I32"},"\u0061":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""",
            0, 0, 0x80, 0x3F, 5, 0, 0, 0);

        SafetensorsFile read = SafetensorsFile.Read(new MemoryStream(bytes));

        Assert.Equal(["b", "a"], read.Tensors.Select(t => t.Name));
        Assert.Equal([5], read["b"].Values<int>());
        Assert.Equal([1f], read["a"].Values<float>());
    }

    [Fact]
    public void Half_a_surrogate_pair_cannot_be_written()
    {
        var file = new SafetensorsFile([], new Dictionary<string, string> { ["k"] = "x\ud83d" });

        var error = Assert.Throws<ArgumentException>(() => SafetensorsSamples.ToBytes(file));

        Assert.Contains("half a surrogate pair at position 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_no_reader_accepts_is_not_written()
    {
        var file = new SafetensorsFile([], new Dictionary<string, string> { ["k"] = new string('x', SafetensorsHeader.MaximumLength) });

        var error = Assert.Throws<ArgumentException>(() => SafetensorsSamples.ToBytes(file));

        Assert.Contains("at most 16777216 are allowed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_repeated_names_are_clear_errors()
    {
        var tensor = new NamedTensor("a", [1], new[] { 1f });

        var missing = Assert.Throws<InvalidDataException>(() => new SafetensorsFile([tensor])["b"]);
        var repeated = Assert.Throws<ArgumentException>(() => new SafetensorsFile([tensor, tensor]));

        Assert.Equal("The tensor 'b' is missing; the file holds 1 others.", missing.Message);
        Assert.Contains("Two tensors are named 'a'", repeated.Message, StringComparison.Ordinal);
    }
}
