using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class CandidateFilterTests
{
    private const int NumberOfItems = 130;
    private static readonly ItemVocabulary s_items = Shop.Train(Shop.AllItems(NumberOfItems), out _).Vocabulary;

    [Fact]
    public void Lists_and_seen_items_are_combined()
    {
        CandidateFilter filter = CandidateFilter.Create(s_items, excludeSeen: true, new[] { 101, 165, 166, 230, 999 }, new List<long> { 166, 998, 997 });

        Assert.Equal([65, 130], Candidates(filter, [1]));
        Assert.Equal([1, 65, 130], Candidates(filter, []));
        Assert.Equal(1, filter.NumberOfUnknownAllowedItems);
        Assert.Equal(2, filter.NumberOfUnknownDeniedItems);
    }

    [Fact]
    public void The_seen_items_of_one_history_do_not_stay_for_the_next()
    {
        CandidateFilter filter = CandidateFilter.Create(s_items, excludeSeen: true, null, null);
        ulong[] scratch = [];

        Assert.False(filter.Compose([70], NumberOfItems, ref scratch).IsCandidate(70));
        CandidateMask next = filter.Compose([3], NumberOfItems, ref scratch);
        Assert.True(next.IsCandidate(70));
        Assert.False(next.IsCandidate(3));
    }

    [Fact]
    public void Without_lists_and_exclusion_everything_is_a_candidate() => Assert.Equal(
        Enumerable.Range(1, NumberOfItems), Candidates(CandidateFilter.Create(s_items, excludeSeen: false, null, null), [1, 2, 3]));

    [Fact]
    public void An_empty_allow_list_allows_nothing() =>
        Assert.Empty(Candidates(CandidateFilter.Create(s_items, excludeSeen: false, Array.Empty<int>(), null), []));

    [Fact]
    public void Lists_of_the_wrong_type_are_refused_by_name()
    {
        Assert.Contains("AllowedItems", Assert.Throws<ArgumentException>(
            () => CandidateFilter.Create(s_items, true, new[] { "101" }, null)).Message);
        Assert.Contains("DeniedItems", Assert.Throws<ArgumentException>(
            () => CandidateFilter.Create(s_items, true, null, new[] { 1.5 })).Message);
        Assert.Contains("must be a list", Assert.Throws<ArgumentException>(
            () => CandidateFilter.Create(s_items, true, null, "101")).Message);
    }

    private static IEnumerable<int> Candidates(CandidateFilter filter, int[] seen)
    {
        ulong[] scratch = [];
        var candidates = new List<int>();
        CandidateMask mask = filter.Compose(seen, NumberOfItems, ref scratch);
        for (int row = 0; row <= NumberOfItems; row++)
        {
            if (mask.IsCandidate(row))
            {
                candidates.Add(row);
            }
        }

        return candidates;
    }
}
