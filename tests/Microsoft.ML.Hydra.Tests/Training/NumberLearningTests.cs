using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class NumberLearningTests
{
    private const int Width = 4;
    private const int NumberOfNumbers = 3;
    private readonly Recorder _learned = new();

    // The loss is Σ_i <c_i, e_i>, so its gradient by number j of item i is the difference of two losses.
    [Fact]
    public void TheGradientPassedOnIsThatOfTheLossByTheNumbers()
    {
        (ItemFeatures items, float[] numbers) = Prepare();
        using var learning = new NumberLearning(_learned, items);
        float[] own = Values(1, items.Inputs.Gates.Length * Width), map = Values(2, items.Space.NumberOfFeatures * Width), weights = Values(3, own.Length);
        using Tensor gradient = tensor(weights).view(-1, Width), w = tensor(map).view(-1, Width);
        learning.Add(gradient, w);
        Assert.Empty(_learned.Gradient);    // the first of two steps
        learning.Add(gradient, w);

        int[] learns = [.. Enumerable.Range(1, items.Inputs.Gates.Length - 1).Where(row => items.Inputs.Learns![row])];
        Assert.NotEmpty(learns);
        foreach (int row in learns)
        {
            for (int j = 0; j < NumberOfNumbers; j++)
            {
                const double Step = 1e-3;
                int place = (row * NumberOfNumbers) + j;
                double difference = (Loss(place, Step) - Loss(place, -Step)) / (2 * Step);
                Assert.Equal(2 * difference, _learned.Gradient[place], 3e-3);
            }
        }

        double Loss(int place, double change)
        {
            double sum = 0;
            (int row, int k, NumberSpace space) = (place / NumberOfNumbers, items.Space.Numbers!.NumberOfDirections, items.Space.Numbers);
            for (int i = 0; i < NumberOfNumbers; i++)
            {
                double centred = numbers[(row * NumberOfNumbers) + i] + ((row * NumberOfNumbers) + i == place ? change : 0) - space.Mean[i];
                for (int direction = 0; direction < k; direction++)
                {
                    for (int c = 0; c < Width; c++)
                    {
                        sum += weights[(row * Width) + c] * centred * space.Directions[(i * k) + direction] * map[(direction * Width) + c];
                    }
                }
            }

            return sum;
        }
    }

    [Fact]
    public void AnItemFromWhichTheMapDoesNotLearnHasNoGradient()
    {
        (ItemFeatures items, _) = Prepare();
        using var learning = new NumberLearning(_learned, items);
        using Tensor gradient = ones(items.Inputs.Gates.Length, Width), map = ones(items.Space.NumberOfFeatures, Width);
        learning.Add(gradient, map);
        learning.Add(gradient, map);

        Assert.NotEmpty(items.StandIns);
        Assert.All(items.StandIns, row => Assert.Equal([0, 0, 0], _learned.Gradient.AsSpan(row * NumberOfNumbers, NumberOfNumbers).ToArray()));
    }

    // The kernels read the features that belong to the changed numbers: the same as those that are made of them afresh.
    [Fact]
    public void ChangedNumbersBecomeFeatures()
    {
        (ItemFeatures items, float[] numbers) = Prepare();
        _learned.Change = 0.25f;
        var mapping = new TorchFeatureMapping(items.Inputs);
        using Tensor own = zeros(items.Inputs.Gates.Length, Width), map = tensor(Values(2, items.Space.NumberOfFeatures * Width)).view(-1, Width);
        using Tensor before = mapping.Run(own, map);
        using (var learning = new NumberLearning(_learned, items))
        {
            learning.Add(own, map);
            learning.Add(own, map);
        }

        float[] changed = Array.ConvertAll(numbers, number => number + 0.25f);
        SparseRows expected = items.Space.Map(Content(changed), 0, items.Inputs.Gates.Length);
        for (int i = 0; i < expected.Values.Length; i++)
        {
            Assert.Equal(expected.Values[i], items.Inputs.Features.Values[i], 1e-5);
        }

        using Tensor after = mapping.Run(own, map);
        Assert.False(after.allclose(before));
    }

    private static (ItemFeatures Items, float[] Numbers) Prepare()
    {
        const int Items = 30;
        float[] numbers = Values(7, (Items + 1) * NumberOfNumbers);
        int[][] sequences = [.. Enumerable.Range(0, Items).Select(i => new[] { i + 1, (i + 1) % Items + 1, (i + 2) % Items + 1, (i + 3) % Items + 1 })];
        TrainingData data = TrainingData.Split(
            new SequenceDataset([.. sequences.SelectMany(rows => rows)], [.. Enumerable.Range(0, Items + 1).Select(i => i * 4)], Items),
            SequenceValidation.LeaveLastOut, 1000, new Random(1));
        return (ItemFeatures.Prepare(Content(numbers), data, new Random(1))!, numbers);
    }

    private static ItemContent Content(float[] numbers)
    {
        int rows = numbers.Length / NumberOfNumbers;
        var builder = new SparseRowsBuilder();
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < NumberOfNumbers && row > 0; i++)
            {
                builder.Add(i, numbers[(row * NumberOfNumbers) + i]);
            }

            builder.EndRow();
        }

        return new ItemContent(null!, null, builder.Build(NumberOfNumbers), [.. Enumerable.Range(0, rows).Select(row => row > 0)]);
    }

    private static float[] Values(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private sealed class Recorder : LearnedNumbers
    {
        public float[] Gradient { get; private set; } = [];

        public float Change { get; set; }

        public override int StepsPerUpdate => 2;

        public override void Update(ItemVocabulary items, float[] gradient, float[] numbers)
        {
            Gradient = gradient;
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] += Change;
            }
        }
    }
}
