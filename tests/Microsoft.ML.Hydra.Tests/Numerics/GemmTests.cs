using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class GemmTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_sizes_equal_the_definition(string set)
    {
        GemmSizes[] all =
        [
            new(1, 1, 1), new(1, 33, 5), new(5, 1, 7), new(12, 32, 1), new(13, 31, 17), new(6, 16, 8), new(25, 70, 300), new(7, 9, 513), new(250, 65, 3),
            new(3, 1030, 4), new(18, 600, 270),
        ];
        foreach (GemmSizes sizes in all)
        {
            CompareAll(set, sizes);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Empty_sizes_leave_or_clear_C(string set)
    {
        foreach (GemmSizes sizes in new GemmSizes[] { new(0, 3, 2), new(3, 0, 2), new(3, 5, 0), new(0, 0, 0) })
        {
            CompareAll(set, sizes);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public unsafe void Uninitialised_C_is_not_read_unless_added_to(string set)
    {
        using var arena = new Arena();
        foreach (bool isPacked in new[] { false, true })
        {
            RowPointer c = arena.Room(1, 2);

            KernelCase.Run(set, new Product(new(1, 2, 1), new(arena.Place([2f]), 1, 1), new(arena.Place([3f, 4f]), 2, 1), c, false, isPacked));

            Assert.Equal([6f, 8f], c.Values(1, 2));
        }
    }

    // Each matrix as it is and transposed, overwriting C and adding to it, with B packed by the product and before it
    private static unsafe void CompareAll(string set, GemmSizes sizes)
    {
        float[] c = KernelCase.Random(3, sizes.M * sizes.N);
        using var arena = new Arena();
        for (int bits = 0; bits < 16; bits++)
        {
            bool adds = (bits & 4) != 0, isPacked = (bits & 8) != 0;
            if (isPacked && sizes.K == 0)
            {
                continue;   // leaves C as it is
            }

            MatrixPointer a = Matrix(1, sizes.M, sizes.K, (bits & 1) != 0), b = Matrix(2, sizes.K, sizes.N, (bits & 2) != 0);
            RowPointer target = sizes.N == 0 ? default : arena.Place(c, sizes.N);
            KernelCase.Run(set, new Product(sizes, a, b, target, adds, isPacked));
            KernelCase.Close(
                ReferenceGemm.Run(sizes, a, b, c, adds), target.Values(sizes.M, sizes.N), 5e-6, $"{set} {sizes} adds {adds} packed {isPacked} {bits & 3}");
            arena.Reset();
        }

        MatrixPointer Matrix(int seed, int rows, int columns, bool isTransposed)
        {
            int width = Math.Max(1, isTransposed ? rows : columns);
            RowPointer numbers = arena.Place(KernelCase.Random(seed, rows * columns), width);
            return isTransposed ? new(numbers.Start, 1, numbers.Stride) : new(numbers.Start, numbers.Stride, 1);
        }
    }

    internal readonly unsafe struct Product(GemmSizes sizes, MatrixPointer a, MatrixPointer b, RowPointer c, bool adds, bool isPacked) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            if (!isPacked)
            {
                GemmBlocks<TSimd, TVector>.Multiply(sizes, a, b, c, adds, arena);
                return;
            }

            float* panels = arena.Floats(GemmBlocks<TSimd, TVector>.PackedLength(sizes.K, sizes.N));
            GemmBlocks<TSimd, TVector>.Pack(sizes.K, sizes.N, b, panels);
            GemmBlocks<TSimd, TVector>.MultiplyPacked(sizes, a, panels, c, adds, arena);
        }
    }
}
