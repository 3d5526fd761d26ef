using System.Buffers.Binary;
using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

public sealed class SafetensorsErrorTests
{
    private const string Eight = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Theory]
    [InlineData("", "does not start with '{'")]
    [InlineData(" {}", "does not start with '{'")]
    [InlineData("[]", "does not start with '{'")]
    [InlineData("{\"a\":", "not valid JSON")]
    [InlineData("{} x", "not valid JSON")]
    [InlineData("{}\0", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "unique keys")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "unique keys")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "not valid")]
    [InlineData("""{"__metadata__":"text"}""", "the metadata is not an object of texts")]
    [InlineData("""{"__metadata__":{"k":1}}""", "the metadata 'k' is not a text")]
    [InlineData("""{"__metadata__":{"k":null}}""", "the metadata 'k' is not a text")]
    [InlineData("""{"__metadata__":{"k":"\udc00"}}""", "not valid Unicode")]
    [InlineData("""{"a":5}""", "the header of tensor 'a' is not an object")]
    [InlineData("""{"a":{"shape":[0],"data_offsets":[0,0]}}""", "tensor 'a' has no dtype")]
    [InlineData("""{"a":{"dtype":7,"shape":[0],"data_offsets":[0,0]}}""", "tensor 'a' has no dtype")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[0],"data_offsets":[0,0]}}""", "the dtype 'F8_E4M3'; F32, F16, BF16, F64, I8, I32 and I64 are supported")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,0]}}""", "tensor 'a' has no array shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":3,"data_offsets":[0,0]}}""", "tensor 'a' has no array shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}""", "a value in shape that is not a whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,0]}}""", "a value in shape that is not a whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}""", "a value in shape that is not a whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,0]}}""", "a value in shape that is not a whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0]}}""", "tensor 'a' has no array data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}}""", "not a begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}""", "not a begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "more elements than 64 bits can count")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "tensor 'a' has 8 bytes, which are not 3 elements of F32")]
    [InlineData("""{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,9]}}""", "tensor 'a' has 9 bytes, which are not 1 elements of F64")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", "which are not 4611686018427387904 elements")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647],"data_offsets":[0,8589934588]}}""", "at most 2147483591 fit into an array")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "begins at byte 4 of the buffer instead of 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "tensor 'b' begins at byte 0 of the buffer instead of 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2000000000],"data_offsets":[0,8000000000]}}""", "cut short")]
    public void A_wrong_header_is_one_clear_error(string header, string finding)
    {
        byte[] bytes = SafetensorsSamples.Raw(header, 0, 0, 0, 0, 0, 0, 0, 0);

        AssertError(bytes, finding);
    }

    [Fact]
    public void A_file_that_ends_too_early_is_one_clear_error()
    {
        byte[] bytes = SafetensorsSamples.Raw(Eight, 1, 2, 3, 4, 5, 6, 7, 8);

        AssertError([], "cut short within the header length");
        AssertError(bytes[..7], "cut short within the header length");
        AssertError(bytes[..20], "cut short within the header, whose stated length is 54 bytes");
        AssertError(bytes[..^1], "cut short");
    }

    [Fact]
    public void Bytes_after_the_tensors_are_one_clear_error()
    {
        AssertError(SafetensorsSamples.Raw(Eight, 1, 2, 3, 4, 5, 6, 7, 8, 9), "there are bytes after the 8 that the tensors need");
    }

    [Theory]
    [InlineData(16 * 1024 * 1024 + 1, "more than the 16777216 accepted")]
    [InlineData(long.MaxValue, "more than the 16777216 accepted")]
    [InlineData(-1, "the stated header length is 18446744073709551615 bytes")]
    [InlineData(16 * 1024 * 1024, "cut short within the header")]
    public void An_absurd_header_length_is_one_clear_error(long length, string finding)
    {
        byte[] bytes = SafetensorsSamples.Raw(Eight, 1, 2, 3, 4, 5, 6, 7, 8);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);

        AssertError(bytes, finding);
    }

    [Fact]
    public void Invalid_UTF8_is_one_clear_error()
    {
        byte[] bytes = SafetensorsSamples.Raw("""{"__metadata__":{"k":"xx"}}""");
        bytes[^4] = 0xFF;

        AssertError(bytes, "not valid");
    }

    [Fact]
    public void Deep_JSON_is_one_clear_error()
    {
        AssertError(SafetensorsSamples.Raw("{\"a\":" + new string('[', 1_000_000)), "not valid JSON");
    }

    [Fact]
    public void A_long_malicious_name_is_cut_in_the_message()
    {
        byte[] bytes = SafetensorsSamples.Raw($$"""{"{{new string('n', 5000)}}\n\u0007":5}""");

        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(new MemoryStream(bytes)));

        Assert.InRange(error.Message.Length, 50, 200);
    }

    private static void AssertError(byte[] bytes, string finding)
    {
        foreach (Stream stream in new Stream[] { new MemoryStream(bytes), new TrickleStream(bytes) })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(stream));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.StartsWith("The safetensors data cannot be read: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(finding, error.Message, StringComparison.Ordinal);
            Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
            Assert.InRange(allocated, 0, (1 << 20) + (8L * bytes.Length));
        }
    }
}
