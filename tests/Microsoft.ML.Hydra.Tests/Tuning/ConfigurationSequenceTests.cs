using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Training;
using Microsoft.ML.Hydra.Tuning;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Tuning;

public sealed class ConfigurationSequenceTests
{
    [Fact]
    public void The_sequence_is_a_function_of_the_seed()
    {
        string[] first = Texts(HydraSearchSpace.Default, seed: 1, 30);

        Assert.Equal(first, Texts(HydraSearchSpace.Default, seed: 1, 30));
        Assert.NotEqual(first, Texts(HydraSearchSpace.Default, seed: 2, 30));
        Assert.Equal("{}", first[0]);
    }

    [Fact]
    public void Every_configuration_is_in_range_fits_and_comes_once()
    {
        ConfigurationSequence sequence = Sequence(HydraSearchSpace.Default, seed: 3);
        TrainerOptions[] drawn = [.. Enumerable.Range(1, 300).Select(i => sequence[i]!.Apply(new TrainerOptions()))];

        Assert.All(drawn, options =>
        {
            OptionRanges.Check(options);
            Assert.InRange(options.LearningRate!.Value, 1e-3, 1e-2);
            Assert.InRange(options.NumberOfLayers, 1, 4);
            Assert.Contains(options.DropoutRate!.Value, new[] { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6 });
            Assert.Equal(options.LearningRate, double.Parse(options.LearningRate.Value.ToString("G4", null), null));
        });
        Assert.Equal(drawn.Length, drawn.Select(OptionsJson.Write).Distinct().Count());

        // By the logarithm: the middle of 0.001 to 0.01 is near 0.00316; evenly it would be 0.0055.
        Assert.InRange(drawn.Select(options => options.LearningRate!.Value).Order().ElementAt(150), 0.0025, 0.004);
        Assert.Equal([1, 2, 3, 4], drawn.Select(options => options.NumberOfLayers).Distinct().Order());
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_drawn_anew()
    {
        // 5 divides neither 64 nor 32: only 4 heads fit, and they are the default.
        ConfigurationSequence sequence = Sequence(new HydraSearchSpace().WithChoices("EmbeddingDimension", 64, 32).WithChoices("NumberOfLatentHeads", 4, 5), seed: 1);

        Assert.Equal("""{"EmbeddingDimension":32}""", sequence[1]!.ToJson().ToJsonString());
        Assert.Null(sequence[2]);
        Assert.Contains("NumberOfLatentHeads 5 does not divide", sequence.Misfit, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_space_is_exhausted_after_each_of_its_configurations()
    {
        HydraSearchSpace space = new HydraSearchSpace().WithIntegers("NumberOfLayers", 1, 4).WithChoices("Loss", "Softmax", "SampledSoftmax");

        string[] texts = Texts(space, seed: 1, 8);

        Assert.Equal(8, texts.Distinct().Count());
        Assert.Null(Sequence(space, seed: 1)[8]);
        Assert.Contains("""{"NumberOfLayers":1,"Loss":"SampledSoftmax"}""", texts);
    }

    [Fact]
    public void A_configuration_changes_nothing_but_its_options()
    {
        var source = new TrainerOptions { Beta1 = 0.8, NumberOfLayers = 2, AllowedItems = new[] { "a" } };
        TrainerOptions changed = new ConfigurationSequence(new HydraSearchSpace().WithChoices("NumberOfLayers", 2, 3).Parameters, source, new RandomStreams(1))[1]!.Apply(source);

        Assert.Equal(3, changed.NumberOfLayers);
        Assert.Equal(2, source.NumberOfLayers);
        Assert.Equal(source.AllowedItems, changed.AllowedItems);
        changed.NumberOfLayers = 2;
        Assert.Equal(OptionsJson.Write(source), OptionsJson.Write(changed));
    }

    private static ConfigurationSequence Sequence(HydraSearchSpace space, int seed) => new(space.Parameters, new TrainerOptions { EmbeddingDimension = 64 }, new RandomStreams(seed));

    private static string[] Texts(HydraSearchSpace space, int seed, int count)
    {
        ConfigurationSequence sequence = Sequence(space, seed);
        return [.. Enumerable.Range(0, count).Select(i => sequence[i]!.ToJson().ToJsonString())];
    }
}
