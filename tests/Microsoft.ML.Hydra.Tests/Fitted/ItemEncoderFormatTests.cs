using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Fitted;

/// <summary>The encoder of new items as an entry: it is read as it was written, and what cannot be one is refused in one sentence.</summary>
public sealed class ItemEncoderFormatTests
{
    private const int Width = 3;

    private static readonly ItemEncoder s_words = new(Width, new WordSpace([4, 9], [0.5f, 2.5f]), [1, -2, 0.25f, 3, 0, -0.5f], [], []) { TextNames = ["title", "brand"] };
    private static readonly ItemEncoder s_numbers = new(Width, null, [], [10, -1e-3f], [0.5f, 0, 1, 2, -2, 0.125f]) { NumberNames = ["price", "year"] };
    private static readonly ItemEncoder s_both = new(Width, s_words.Words, s_words.WordMap, s_numbers.Mean, s_numbers.NumberMap);
    private static readonly MappedCodes s_codes = new(Width, [0, 0, 0, 127, -127, 5]);
    private static readonly NewItemCalibration s_calibration = new(0.5, 4, 6.796875);

    [Fact]
    public void An_encoder_is_read_as_it_was_written()
    {
        foreach (ItemEncoder encoder in new[] { s_words, s_numbers, s_both })
        {
            (ItemEncoder read, MappedCodes codes, NewItemCalibration calibration) = Read(Written(encoder, s_calibration));

            Assert.Equal(s_codes.Width, codes.Width);
            Assert.Equal(s_codes.Values, codes.Values);
            Assert.Equal(s_calibration, calibration);
            Assert.Equal(encoder.Width, read.Width);
            Assert.Equal(encoder.Words?.Tokens, read.Words?.Tokens);
            Assert.Equal(encoder.Words?.Weights, read.Words?.Weights);
            Assert.Equal(encoder.WordMap, read.WordMap);
            Assert.Equal(encoder.Mean, read.Mean);
            Assert.Equal(encoder.NumberMap, read.NumberMap);
            Assert.Equal(encoder.TextNames, read.TextNames);
            Assert.Equal(encoder.NumberNames, read.NumberNames);
        }
    }

    [Fact]
    public void Each_tensor_must_be_there_with_its_shape_and_type()
    {
        AssertRefused("the tensor 'calibration' is missing", Changed("calibration", null));
        AssertRefused("the tensor 'words.weights' is missing", Changed("words.weights", null));
        AssertRefused("the tensor 'numbers.map' is missing", Changed("numbers.map", null));
        AssertRefused("the tensor 'words.map' is not one of an encoder of items", Changed(Changed("words.tokens", null), "words.weights", null));
        AssertRefused("the tensor 'words.weights' has the shape [1] of F32; expected [2] of F32", Changed("words.weights", new("words.weights", [1], new float[] { 1 })));
        AssertRefused("the tensor 'words.map' has the shape [3, 2] of F16; expected [2, 3] of F16", Changed("words.map", new("words.map", [3, 2], new Half[6])));
        AssertRefused("the tensor 'numbers.map' has the shape [2, 3] of F32; expected [2, 3] of F16", Changed("numbers.map", new("numbers.map", [2, 3], new float[6])));
        AssertRefused("the tensor 'calibration' has the shape [4] of F64; expected [3] of F64", Changed("calibration", new("calibration", [4], new double[] { 1, 1, 1, 1 })));
        AssertRefused("the tensor 'items.codes' has the shape [2, 3] of I8; expected [2, 5] of I8", Written(s_both, s_calibration), width: 5);
    }

    [Fact]
    public void Numbers_that_cannot_be_are_refused()
    {
        AssertRefused("the tensor 'words.tokens' is not ascending at 1", Changed("words.tokens", new("words.tokens", [2], new[] { 9, 9 })));
        AssertRefused("the tensor 'words.weights' has 0 at 1; weights are above 0", Changed("words.weights", new("words.weights", [2], new float[] { 1, 0 })));
        AssertRefused("the tensor 'words.map' has numbers that are not finite", Changed("words.map", new("words.map", [2, 3], new Half[] { default, default, default, default, default, Half.NaN })));
        AssertRefused("the tensor 'numbers.mean' has numbers that are not finite", Changed("numbers.mean", new("numbers.mean", [2], new[] { 1, float.PositiveInfinity })));
        foreach (NewItemCalibration calibration in new NewItemCalibration[] { new(0, 4, 1), new(0.5, 0, 1), new(0.5, 4, -1), new(1e6, 4, 1) })
        {
            AssertRefused(
                $"the calibration is {calibration.Scale}, {calibration.Power}, {calibration.Share}; expected a scale and a power above 0 and a share of at least 0",
                Written(s_both, calibration));
        }
    }

    private static byte[] Written(ItemEncoder encoder, NewItemCalibration calibration)
    {
        using var stream = new MemoryStream();
        ItemEncoderFormat.Write(stream, new ItemKnowledge(encoder, s_codes, calibration));
        return stream.ToArray();
    }

    private static ItemKnowledge Read(byte[] bytes, int width = Width) =>
        ItemEncoderFormat.Read(new MemoryStream(bytes), width, s_codes.NumberOfItems);

    private static byte[] Changed(string name, NamedTensor? tensor) => Changed(Written(s_both, s_calibration), name, tensor);

    // The entry with another tensor of a name, or without it
    private static byte[] Changed(byte[] entry, string name, NamedTensor? tensor)
    {
        var file = SafetensorsFile.Read(new MemoryStream(entry), _ => { });
        using var stream = new MemoryStream();
        new SafetensorsFile([.. file.Tensors.Where(old => old.Name != name), .. tensor is null ? Array.Empty<NamedTensor>() : [tensor]], file.Metadata).Write(stream);
        return stream.ToArray();
    }

    private static void AssertRefused(string message, byte[] bytes, int width = Width) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => Read(bytes, width)).Message);
}
