using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics.Encoder;

public sealed class DropoutMaskTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Every_column_site_and_row_drops_its_share(double rate)
    {
        const int Rows = 4000, Width = 37;
        var mask = new DropoutMask(3, rate);
        var dropped = new double[Width];
        for (int row = 0; row < Rows; row++)
        {
            float[] factors = Row(mask, row % 5, row, Width);
            for (int i = 0; i < Width; i++)
            {
                dropped[i] += factors[i] == 0 ? 1.0 / Rows : 0;
                Assert.True(factors[i] == 0 || Math.Abs(factors[i] - (1 / (1 - rate))) < 1e-3 * factors[i]);
            }
        }

        // five standard deviations
        Assert.All(dropped, share => Assert.InRange(share, rate - (5 * Math.Sqrt(rate * (1 - rate) / Rows)), rate + (5 * Math.Sqrt(rate * (1 - rate) / Rows))));
    }

    [Fact]
    public void Neighbours_are_independent()
    {
        const int Count = 20000;
        var mask = new DropoutMask(11, 0.5);
        foreach ((int site, int row) in new[] { (0, 1), (1, 0), (1, 1) })
        {
            int both = 0;
            for (int i = 0; i < Count; i++)
            {
                both += Row(mask, 0, i, 1)[0] != 0 == (Row(mask, site, i + row, 1)[0] != 0) ? 1 : 0;
            }

            Assert.InRange(both, (Count / 2) - 350, (Count / 2) + 350);
        }
    }

    [Fact]
    public void The_default_mask_and_a_rate_of_0_drop_nothing()
    {
        Assert.False(default(DropoutMask).IsActive);
        Assert.False(new DropoutMask(1, 0).IsActive);
        Assert.True(new DropoutMask(1, 0.001).IsActive);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    public void A_rate_outside_of_its_range_is_refused(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DropoutMask(1, rate));

    private static unsafe float[] Row(DropoutMask mask, int site, long row, int width)
    {
        var factors = new float[width + 16];
        fixed (float* pointer = factors)
        {
            mask.Fill(site, row, pointer, width);
        }

        return factors[..width];
    }
}
