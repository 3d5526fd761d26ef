using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

/// <summary>LayerNorm, GELU and attention against their plain twins.</summary>
public sealed unsafe class TransformerLayerTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Layer_norm_equals_the_twin_in_place_and_elsewhere(string set)
    {
        foreach ((int rows, int width) in new[] { (0, 4), (1, 2), (3, 5), (40, 32), (7, 17), (5, 384) })
        {
            float[] x = KernelCase.Random(1, rows * width, 3, 5), w = KernelCase.Random(2, width, 0.5, 1.5), b = KernelCase.Random(3, width);
            double[] expected = ReferenceTransformer.LayerNorm(x.ToDouble(), w.ToDouble(), b.ToDouble(), 1e-5f);
            using var arena = new Arena();
            RowPointer input = arena.Place(x, width), output = arena.Room(rows, width);
            var operands = new LayerNormOperands(width, arena.Place(w), arena.Place(b), 1e-5f);
            KernelCase.Run(set, new Norm(rows, operands, input, output));
            KernelCase.Close(expected, output.Values(rows, width), 4e-6, $"{set} {rows}×{width}");
            KernelCase.Run(set, new Norm(rows, operands, input, input));
            Assert.Equal(output.Values(rows, width), input.Values(rows, width));
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Gelu_is_exact_to_the_last_places_also_far_below_zero(string set)
    {
        float[] x = [.. Enumerable.Range(0, 4001).Select(i => (i - 2000) / 250f), 0, -0f, 1e-20f, 30, -30, 1e4f, -1e4f];
        (float[] exact, float[] tanh) = (Apply(set, x, true), Apply(set, x, false));
        for (int i = 0; i < x.Length; i++)
        {
            Assert.InRange(Math.Abs(exact[i] - ReferenceTransformer.Gelu(x[i])), 0, (3e-7 * Math.Abs(x[i])) + 1e-30);
            Assert.InRange(Math.Abs(tanh[i] - ReferenceTransformer.GeluTanh(x[i])), 0, (4e-7 * Math.Abs(x[i])) + 1e-30);
        }

        Assert.All(Apply(set, [float.NaN], true), value => Assert.True(float.IsNaN(value)));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Attention_equals_the_twin_with_and_without_a_mask(string set)
    {
        foreach ((int tokens, int width) in new[] { (1, 2), (2, 32), (3, 5), (4, 8), (16, 32), (17, 33), (50, 64) })
        {
            foreach (bool isCausal in new[] { false, true })
            {
                float[][] inputs = [.. Enumerable.Range(0, 3).Select(i => KernelCase.Random(i, tokens * width, -3, 3))];
                double[] expected = ReferenceTransformer.Attention(tokens, width, isCausal, inputs[0].ToDouble(), inputs[1].ToDouble(), inputs[2].ToDouble());
                using var arena = new Arena();
                RowPointer results = arena.Room(tokens, width);
                KernelCase.Run(set, new OneHead(new AttentionHead(tokens, width, isCausal)
                {
                    Queries = arena.Place(inputs[0], width), Keys = arena.Place(inputs[1], width), Values = arena.Place(inputs[2], width), Results = results,
                }));
                KernelCase.Close(expected, results.Values(tokens, width), 5e-6, $"{set} {tokens}×{width} causal {isCausal}");
            }
        }
    }

    private static float[] Apply(string set, float[] x, bool isExact)
    {
        float[] y = (float[])x.Clone();
        fixed (float* p = y)
        {
            KernelCase.Run(set, new Activation(y.Length, p, isExact));
        }

        return y;
    }

    private readonly struct Norm(int rows, LayerNormOperands operands, RowPointer x, RowPointer y) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => LayerNorm<TSimd, TVector>.Forward(rows, operands, x, y);
    }

    private readonly struct Activation(int count, float* x, bool isExact) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            if (isExact)
            {
                Gelu<TSimd, TVector>.Exact(count, x);
            }
            else
            {
                Gelu<TSimd, TVector>.Tanh(count, x);
            }
        }
    }

    private readonly struct OneHead(AttentionHead head) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => Attention<TSimd, TVector>.Forward(head, arena);
    }
}
