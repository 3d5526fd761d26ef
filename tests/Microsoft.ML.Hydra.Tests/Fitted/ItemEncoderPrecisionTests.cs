using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Tests.Features;
using Microsoft.ML.Hydra.Tests.Numerics;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Fitted;

public sealed class ItemEncoderPrecisionTests
{
    private const int Width = 6;

    [Theory]
    [InlineData(1e-9f)]
    [InlineData(1)]
    [InlineData(1e9f)]
    public void An_encoder_is_read_as_it_was_whatever_the_unit_of_its_numbers(float unit)
    {
        float[][] numbers = [.. ItemSamples.RandomNumbers(1, 40, 3).Select(row => (float[])[row[0] * unit, row[1], row[2]])];
        ItemContent content = ItemSamples.Of([.. numbers.Select((_, i) => $"red w{i % 5}")], SparseSamples.Of(3, [[], .. numbers])) with { NumberNames = ["size", "price", "age"] };
        ItemEncoder encoder = Fit(content);

        ItemEncoder read = RoundTrip(encoder);

        Assert.Equal(encoder.NumberNames, read.NumberNames);
        Assert.Equal(encoder.Words!.Tokens, read.Words!.Tokens);
        for (int row = 1; row <= 40; row++)
        {
            Assert.Equal(Vector(encoder, content, row), Vector(read, content, row));
        }

        // The unit changes nothing but rounding.
        ItemContent inUnits = content with { Numbers = SparseSamples.Of(3, [[], .. numbers.Select(row => (float[])[row[0] / unit, row[1], row[2]])]) };
        ItemEncoder other = Fit(inUnits);
        float[] lengths = [.. Enumerable.Range(1, 40).Select(row => Length(Vector(read, content, row)))], expected = [.. Enumerable.Range(1, 40).Select(row => Length(Vector(other, inUnits, row)))];
        Assert.All(lengths, length => Assert.InRange(length, 0.1f * expected.Average(), 10 * expected.Average()));
    }

    [Fact]
    public void Very_many_numbers_are_read_as_they_were()
    {
        float[][] numbers = ItemSamples.RandomNumbers(2, 3, NumberSpace.WidestWhitened + 1);
        ItemContent content = ItemSamples.OfNumbers(numbers);
        ItemEncoder encoder = Fit(content), read = RoundTrip(encoder);

        Assert.Null(read.Words);
        Assert.All(Enumerable.Range(1, 3), row => Assert.Equal(Vector(encoder, content, row), Vector(read, content, row)));
    }

    [Fact]
    public void Rows_in_half_precision_have_relative_errors_only_and_stay_the_same_when_rounded_again()
    {
        float[] rows = [3e-30f, -1e-30f, 2.5e-31f, 70_000, -3, 0, 0, 0, 0, 1, 0.5f, -0.99999f, 3e38f, 1, -2e38f];

        var rounded = new HalfRows(rows, 3);
        float[] values = rounded.Values();

        for (int i = 0; i < rows.Length; i++)
        {
            float largest = rows.AsSpan(i / 3 * 3, 3).ToArray().Max(Math.Abs);
            Assert.True(Math.Abs(values[i] - rows[i]) <= Math.Max(Math.Abs(rows[i]) / 2048, largest / (1 << 24)), $"{rows[i]} became {values[i]}");
        }

        Assert.Equal(values, new HalfRows(values, 3).Values());
        Assert.All(rounded.Scales, scale => Assert.Equal(scale, MathF.ScaleB(1, MathF.ILogB(scale))));
    }

    private static ItemEncoder Fit(ItemContent content)
    {
        FeatureSpace space = FeatureSpaceFit.Fit(content, [0, .. Enumerable.Repeat(1, content.IsDescribed.Length - 1)]);
        return ItemEncoder.Fold(space, KernelCase.Random(3, space.NumberOfFeatures * Width), Width, content);
    }

    private static ItemEncoder RoundTrip(ItemEncoder encoder)
    {
        using var stream = new MemoryStream();
        ItemEncoderFormat.Write(stream, new ItemKnowledge(encoder, new MappedCodes(Width, new sbyte[Width]), new NewItemCalibration(1, 2, 0.5)));
        stream.Position = 0;
        ItemKnowledge read = ItemEncoderFormat.Read(stream, Width, numberOfItems: 0);
        Assert.Equal(new NewItemCalibration(1, 2, 0.5), read.Calibration);
        return read.Encoder;
    }

    private static float[] Vector(ItemEncoder encoder, ItemContent content, int row)
    {
        var vector = new float[Width];
        Assert.True(encoder.Encode(content, row, vector));
        return vector;
    }

    private static float Length(float[] vector) => MathF.Sqrt(vector.Sum(value => value * value));
}
