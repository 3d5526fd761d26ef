using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class RecentItemsTests
{
    [Fact]
    public void The_last_rows_are_kept_in_whatever_pieces_they_are_added()
    {
        int[] all = [.. Enumerable.Range(1, 50)];
        foreach (int piece in new[] { 1, 2, 3, 7, 8, 50 })
        {
            var recent = new RecentItems(7);
            for (int start = 0; start < all.Length; start += piece)
            {
                recent.Add(all.AsSpan(start, Math.Min(piece, all.Length - start)));
                int end = Math.Min(start + piece, all.Length);
                Assert.Equal(all[Math.Max(0, end - 7)..end], recent.Rows);
            }

            var copy = new RecentItems(7);
            copy.CopyFrom(recent);
            recent.Add([99]);
            Assert.Equal(all[43..], copy.Rows);
        }
    }
}
