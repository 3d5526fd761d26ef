using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Models;
using Microsoft.ML.Hydra.Robustness.Mutation;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Robustness.Sizes;

/// <summary>
/// Models of random sizes, most of them odd: the scores of a batch of histories equal those of states that get the same events one by one, and the
/// recommended items are the first of a full sort.
/// </summary>
internal sealed class SizeCases : ICaseKind
{
    public const string KindName = "sizes";

    private const float Tolerance = 1e-5f;

    private readonly MLContext _mlContext = new(seed: 1);

    public string Name => KindName;

    public Verdict Try(long number, Action<string> describe)
    {
        Random random = Damage.Generator(KindName, number);
        TrainerOptions options = Options(random);
        int items = random.Next(3) == 0 ? random.Next(1, 4) : random.Next(1, 150);
        bool hasPrior = random.Next(3) == 0;
        describe($"{items} items, prior {hasPrior}, {Options(options)}");
        FittedModel fitted = RandomModel.Create(options, RandomModel.Integers(NumberDataViewType.Int32, items), random, hasPrior);
        object[]? denied = random.Next(3) == 0 ? [fitted.Vocabulary.IdOf(1 + random.Next(items))] : null;
        using HydraSequenceRecommendationTransformer model = RandomModel.Transformer(_mlContext, fitted, denied);
        (int[] Rows, double[] Times)[] histories = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => History(items, random))];
        float[] batch = ScoreBatch(fitted, histories);
        for (int i = 0; i < histories.Length; i++)
        {
            Compare(model, histories[i], batch.AsSpan(i * (items + 1), items + 1), random.Next(1, items + 3));
        }

        return Verdict.Works;
    }

    private static void Compare(HydraSequenceRecommendationTransformer model, (int[] Rows, double[] Times) history, ReadOnlySpan<float> batch, int count)
    {
        IItemIds<int> ids = model.Fitted.Vocabulary.Ids<int>();
        using HydraUserState state = model.CreateState();
        for (int i = 0; i < history.Rows.Length; i++)
        {
            state.Append(ids.IdOf(history.Rows[i]), history.Times[i]);
        }

        int[] all = [.. Enumerable.Range(1, model.Fitted.Vocabulary.Count).Select(ids.IdOf)];
        var scores = new float[all.Length];
        state.Score<int>(all, scores);
        float tolerance = Tolerance * Math.Max(1, scores.Max(Math.Abs));
        for (int row = 1; row <= all.Length; row++)
        {
            if (!(Math.Abs(batch[row] - scores[row - 1]) <= tolerance))
            {
                throw new WrongResultException($"A batch and a state differ: {batch[row]} and {scores[row - 1]} for row {row} after {history.Rows.Length} events");
            }
        }

        HashSet<int> excluded = [.. model.Recommendations.DeniedItems?.Cast<int>() ?? [], .. model.Recommendations.ExcludeSeenItems ? history.Rows.Select(ids.IdOf) : []];
        int[] sorted = [.. Enumerable.Range(0, all.Length).Where(i => !excluded.Contains(all[i])).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(count)];
        RecommendedItem<int>[] best = state.Recommend<int>(count);
        if (best.Length != sorted.Length || best.Select(item => item.Item).Distinct().Count() != best.Length)
        {
            throw new WrongResultException($"Recommended items are too few, too many or not distinct: {best.Length} of {sorted.Length}");
        }

        for (int i = 0; i < best.Length; i++)
        {
            float own = scores[Array.IndexOf(all, best[i].Item)];
            if (excluded.Contains(best[i].Item) || Math.Abs(own - scores[sorted[i]]) > tolerance || Math.Abs(best[i].Score - own) > tolerance)
            {
                throw new WrongResultException($"The recommended items are not the first of a full sort: {best[i]} at place {i + 1}, expected {all[sorted[i]]} with {scores[sorted[i]]}");
            }
        }
    }

    private static float[] ScoreBatch(FittedModel fitted, (int[] Rows, double[] Times)[] histories)
    {
        int[] rows = [.. histories.SelectMany(history => history.Rows)];
        int[] offsets = [0, .. histories.Select((_, i) => histories.Take(i + 1).Sum(history => history.Rows.Length))];
        float[] features = [];
        if (fitted.Clock is { } clock)
        {
            features = new float[rows.Length * EventClock.Features];
            for (int i = 0; i < histories.Length; i++)
            {
                double last = double.NaN;
                clock.Read(histories[i].Times, ref last, features.AsSpan(offsets[i] * EventClock.Features));
            }
        }

        var scores = new float[histories.Length * (fitted.Vocabulary.Count + 1)];
        using SharedModel.Lease lease = fitted.Share(degreeOfParallelism: 2).Acquire();
        lease.Score(rows, features, offsets, scores);
        return scores;
    }

    private static (int[] Rows, double[] Times) History(int items, Random random)
    {
        int length = random.Next(8) == 0 ? random.Next(90, 300) : random.Next(1, 40);
        var times = new double[length];
        double now = 1e9;
        for (int i = 0; i < length; i++)
        {
            now += Math.Floor(Math.Exp(random.NextDouble() * 12)) - 1;
            times[i] = random.Next(10) == 0 ? double.NaN : now;
        }

        return ([.. Enumerable.Range(0, length).Select(_ => random.Next(1, items + 1))], times);
    }

    private static TrainerOptions Options(Random random)
    {
        int heads = random.Next(1, 8), latent = random.Next(6) == 0 ? random.Next(10, 50) : random.Next(1, 10), expand = random.Next(1, 4);
        int[] divisors = [.. Enumerable.Range(1, expand * latent).Where(divisor => expand * latent % divisor == 0)];
        bool isFree = random.Next(2) == 0;
        return new TrainerOptions
        {
            NumberOfLatentHeads = heads,
            LatentHeadDimension = isFree ? latent : 0,
            EmbeddingDimension = isFree ? random.Next(1, 70) : heads * latent,
            ExpansionFactor = expand,
            InnerHeadDimension = random.From(divisors),
            StateDimension = random.Next(5) == 0 ? random.Next(16, 70) : random.Next(1, 12),
            ConvolutionKernelSize = random.Next(1, 9),
            NumberOfLayers = random.Next(1, 4),
            FeedForwardDimension = random.Next(0, 40),
            UseItemGate = random.Next(2) == 0,
            NormalizeScores = random.Next(4) == 0,
            ExcludeSeenItems = random.Next(2) == 0,
            TimestampsColumnName = random.Next(2) == 0 ? "Times" : null,
            MaximumTokensPerBatch = 64,
            LearningRate = 0.01,
            DropoutRate = 0,
            LaterTargetRate = 0,
            Seed = 1,
        }.WithRotaryGate(latent % 2 == 0 && random.Next(2) == 0);
    }

    private static string Options(TrainerOptions o) =>
        $"d {o.EmbeddingDimension}, v {o.NumberOfLatentHeads}, d_c {o.LatentHeadDimension}, expand {o.ExpansionFactor}, P {o.InnerHeadDimension}, N {o.StateDimension}, k {o.ConvolutionKernelSize}, " +
        $"L {o.NumberOfLayers}, f {o.FeedForwardDimension}, gate {o.UseItemGate}, rotary {o.UseRotaryGate}, normalised {o.NormalizeScores}, clock {o.TimestampsColumnName is not null}";
}

/// <summary>The switch that needs another.</summary>
internal static class RotaryGate
{
    /// <summary>Switches the gate on, rotated.</summary>
    public static TrainerOptions WithRotaryGate(this TrainerOptions options, bool isOn)
    {
        (options.UseItemGate, options.UseRotaryGate) = (options.UseItemGate || isOn, isOn);
        return options;
    }
}
