using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Kills;
using Microsoft.ML.Hydra.Robustness.Mutation;
using Microsoft.ML.Hydra.Robustness.Threads;
using Xunit;

namespace Microsoft.ML.Hydra.Robustness;

/// <summary>The short form of kills, threads and batches in child processes.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void Trainings_that_are_killed_and_resumed_learn_the_bits_of_one_that_was_left_alone()
    {
        Tally tally = KilledTrainings.Run(3, TextWriter.Null);

        Assert.True(tally.NumberOfFailures == 0, tally.DescribeFailures());
        Assert.Equal(3, tally.Worked);
    }

    [Fact]
    public void Predictions_on_many_threads_are_those_of_one()
    {
        Tally tally = ParallelPredictions.Run(8_000, TextWriter.Null, checkMemory: false);

        Assert.True(tally.NumberOfFailures == 0, tally.DescribeFailures());
        Assert.Equal(8_000, tally.Worked);
    }

    [Fact]
    public void A_case_that_ends_its_process_is_counted_and_the_others_still_run()
    {
        Tally tally = CaseProcess.Run(SelfTestCases.KindName, 7, TextWriter.Null);

        Assert.Equal((7, 6, 1), (tally.Cases, tally.Worked, tally.Crashes));
        Assert.Equal(3, Assert.Single(tally.Failures).Value.Case);
    }

    [Fact]
    public void A_batch_in_a_child_process_counts_as_one_in_this_process_does()
    {
        Tally here = new CaseRun(CaseKinds.Create(SearchSpaceCases.KindName)).Run(0, 200);
        Tally there = CaseProcess.Run(SearchSpaceCases.KindName, 200, TextWriter.Null);

        Assert.Equal((200, here.Worked, here.CleanErrors, here.NumberOfFailures), (there.Cases, there.Worked, there.CleanErrors, there.NumberOfFailures));
    }
}
