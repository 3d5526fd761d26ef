using System.Security.Cryptography;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Models;
using Microsoft.ML.Hydra.Robustness.Mutation;
using Microsoft.ML.Hydra.Robustness.Sizes;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Microsoft.ML.Hydra.Robustness;

/// <summary>The short form of the long run over mutated contents and random sizes. Cases that once failed have lines of their own.</summary>
public sealed class MutationTests
{
    [Theory]
    [InlineData(ModelZipCases.KindName, 15_000)]
    [InlineData(UserStateCases.KindName, 5_000)]
    [InlineData(CheckpointCases.KindName, 500)]
    [InlineData(JournalCases.KindName, 300)]
    [InlineData(SearchSpaceCases.KindName, 1_000)]
    public void Mutated_contents_are_refused_in_words_or_work(string kind, int count)
    {
        Tally tally = new CaseRun(CaseKinds.Create(kind)).Run(0, count);

        Assert.True(tally.NumberOfFailures == 0, tally.DescribeFailures());
        Assert.InRange(tally.CleanErrors, count / 5, count);
        Assert.InRange(tally.Worked, count / 20, count);   // mutations reach what is behind the parsers
    }

    [Theory]
    [InlineData(ModelZipCases.KindName, 16)]        // several sentences about wrong JSON
    [InlineData(ModelZipCases.KindName, 72)]        // weights that are not finite
    [InlineData(ModelZipCases.KindName, 36499)]     // damage that is found while a zip is read
    [InlineData(UserStateCases.KindName, 159)]      // the number of events passed the largest integer
    [InlineData(CheckpointCases.KindName, 13)]      // steps that are not a number
    [InlineData(CheckpointCases.KindName, 30)]      // no steps
    [InlineData(CheckpointCases.KindName, 155)]     // best weights without one
    [InlineData(CheckpointCases.KindName, 454)]     // epochs that are null
    [InlineData(JournalCases.KindName, 122)]        // a name twice in the header
    [InlineData(JournalCases.KindName, 173)]        // a message with a whole journal in it
    [InlineData(JournalCases.KindName, 1841)]       // half a surrogate pair in a trial
    [InlineData(SearchSpaceCases.KindName, 6)]      // a message with line breaks
    [InlineData(SearchSpaceCases.KindName, 38)]     // a message with a control character
    [InlineData(SearchSpaceCases.KindName, 814)]    // half a surrogate pair
    public void Cases_that_once_failed_do_not(string kind, long number)
    {
        Outcome outcome = new CaseRun(CaseKinds.Create(kind)).Try(number, out _);

        Assert.False(outcome.IsFailure, outcome.Description);
    }

    [Fact]
    public void A_state_with_a_number_that_is_not_finite_is_refused()
    {
        SampleModel sample = SampleModel.All[0];
        using HydraSequenceRecommendationTransformer model = RandomModel.Transformer(new MLContext(seed: 1), sample.Model);
        using HydraUserState state = model.CreateState();
        byte[] empty = state.ToBytes();
        ModelCheck.Append(state, sample.Model.Vocabulary, 3);
        byte[] bytes = state.ToBytes();
        int values = empty.AsSpan().CommonPrefixLength(bytes) + sizeof(int) + sizeof(double) + sizeof(long);   // events, last time, skipped items
        int count = new SequenceState(ResolvedOptions.SizesFor(sample.Model.Options, sample.Model.Vocabulary.Count)).Values.Length;

        foreach (float odd in (float[])[float.NaN, float.PositiveInfinity, 1])
        {
            byte[] changed = bytes[..^SHA256.HashSizeInBytes];
            BitConverter.TryWriteBytes(changed.AsSpan(values + (sizeof(float) * (count - 1))), odd);
            changed = [.. changed, .. SHA256.HashData(changed)];
            if (float.IsFinite(odd))
            {
                model.ReadState(changed).Dispose();
            }
            else
            {
                Assert.Contains("not finite", Assert.Throws<InvalidDataException>(() => model.ReadState(changed)).Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_case_is_a_function_of_its_number()
    {
        foreach ((string kind, _) in CaseKinds.All)
        {
            (CaseRun one, CaseRun other) = (new(CaseKinds.Create(kind)), new(CaseKinds.Create(kind)));
            foreach (long number in (long[])[8, 3, 5, 3])
            {
                Assert.Equal(one.Try(number, out _), other.Try(number, out _));
            }
        }
    }

    [Fact]
    public void Models_of_random_sizes_score_batches_as_states_and_rank_as_a_sort_does()
    {
        Tally tally = new CaseRun(new SizeCases()).Run(0, 200);

        Assert.True(tally.NumberOfFailures == 0, tally.DescribeFailures());
        Assert.Equal(200, tally.Worked);
    }
}
