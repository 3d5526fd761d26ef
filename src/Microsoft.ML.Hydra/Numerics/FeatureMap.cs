namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What <c>e_i = g_i δ_i + Σ_f x_if W_f</c> reads besides δ and W; kept in place by the caller.</summary>
/// <param name="offsets">Where the features of each item row start, <c>[I + 2]</c>.</param>
/// <param name="features">The feature f of each value, ascending in a row.</param>
/// <param name="values">The values <c>x_if</c>.</param>
/// <param name="gates"><c>g_i</c>, <c>[I + 1]</c>.</param>
/// <param name="sizes">Sizes.</param>
internal readonly unsafe struct MappedItems(int* offsets, int* features, float* values, float* gates, FeatureSizes sizes)
{
    private const int ItemsPerTask = 256;

    public FeatureSizes Sizes => sizes;

    /// <summary>Number of ranges of items.</summary>
    public int Ranges => (sizes.Items + ItemsPerTask - 1) / ItemsPerTask;

    public float* Values => values;

    public int* Features => features;

    /// <summary>The gate of an item row.</summary>
    public float Gate(nint item) => gates[item];

    /// <summary>Where the features of an item row start.</summary>
    public int Start(nint item) => offsets[item];

    /// <summary>… and where those end that are not full.</summary>
    public int End(nint item) => Math.Max(offsets[item], offsets[item + 1] - sizes.Full);

    /// <summary>The item rows of a range.</summary>
    public (int First, int End) Range(int range) => (range * ItemsPerTask, Math.Min((range + 1) * ItemsPerTask, sizes.Items));

    /// <summary>The first place from <see cref="Start"/> on whose feature is not below a bound.</summary>
    public int FindFeature(nint item, int feature)
    {
        int found = new ReadOnlySpan<int>(features + Start(item), End(item) - Start(item)).BinarySearch(feature);
        return Start(item) + (found < 0 ? ~found : found);
    }

    /// <summary>Copies values of full features of some items, <c>[rows, columns]</c>; zeros for an item without features.</summary>
    public float* CopyFull(nint firstItem, int rows, int firstColumn, int columns, Arena arena)
    {
        float* copy = arena.Floats((long)rows * columns);
        for (int i = 0; i < rows; i++)
        {
            nint item = firstItem + i;
            var target = new Span<float>(copy + ((nint)i * columns), columns);
            if (offsets[item] == offsets[item + 1])
            {
                target.Clear();
            }
            else
            {
                new ReadOnlySpan<float>(values + End(item) + firstColumn, columns).CopyTo(target);
            }
        }

        return copy;
    }
}

/// <summary>Sizes of a map from features to item vectors.</summary>
/// <param name="Items">I + 1: item rows.</param>
/// <param name="Features">F.</param>
/// <param name="Full">How many of the last features every item with features has.</param>
/// <param name="Width">d.</param>
internal readonly record struct FeatureSizes(int Items, int Features, int Full, int Width);

/// <summary>
/// Item vectors from ids and features: <c>e_i = g_i δ_i + Σ_f x_if W_f</c>. A task is a range of items. Features that all items have are a product of
/// matrices; the others are added one by one.
/// </summary>
/// <param name="of">The items.</param>
/// <param name="own">δ, <c>[I + 1, d]</c>.</param>
/// <param name="map">W, <c>[F, d]</c>.</param>
/// <param name="output">Receives <c>[I + 1, d]</c>.</param>
internal readonly unsafe struct FeatureMapForward(MappedItems of, float* own, float* map, float* output) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (FeatureSizes sizes, (int first, int end)) = (of.Sizes, of.Range(task));
        for (nint item = first; item < end; item++)
        {
            // Four sums at once hide the time of an addition.
            int c = 0;
            for (; c + (4 * TSimd.Lanes) <= sizes.Width; c += 4 * TSimd.Lanes)
            {
                MapFour<TSimd, TVector>(item, c);
            }

            for (; c < sizes.Width; c += TSimd.Lanes)
            {
                MapOne<TSimd, TVector>(item, c);
            }
        }

        if (sizes.Full > 0)
        {
            float* full = of.CopyFull(first, end - first, 0, sizes.Full, arena);
            float* weights = map + ((nint)(sizes.Features - sizes.Full) * sizes.Width);
            GemmBlocks<TSimd, TVector>.Multiply(
                new(end - first, sizes.Width, sizes.Full), new(full, sizes.Full, 1), new(weights, sizes.Width, 1),
                new(output + ((nint)first * sizes.Width), sizes.Width), true, arena);
        }
    }

    private void MapFour<TSimd, TVector>(nint item, int c)
        where TSimd : struct, ISimd<TVector>
    {
        (int lanes, nint width) = (TSimd.Lanes, of.Sizes.Width);
        int* columns = of.Features;
        float* values = of.Values, weights = map + c, source = own + (item * width) + c;
        TVector gate = TSimd.Broadcast(of.Gate(item));
        TVector s0 = TSimd.Multiply(gate, TSimd.Load(source)), s1 = TSimd.Multiply(gate, TSimd.Load(source + lanes));
        TVector s2 = TSimd.Multiply(gate, TSimd.Load(source + (2 * lanes))), s3 = TSimd.Multiply(gate, TSimd.Load(source + (3 * lanes)));
        for (int i = of.Start(item), last = of.End(item); i < last; i++)
        {
            float* row = weights + (columns[i] * width);
            TVector value = TSimd.Broadcast(values[i]);
            s0 = TSimd.MultiplyAdd(value, TSimd.Load(row), s0);
            s1 = TSimd.MultiplyAdd(value, TSimd.Load(row + lanes), s1);
            s2 = TSimd.MultiplyAdd(value, TSimd.Load(row + (2 * lanes)), s2);
            s3 = TSimd.MultiplyAdd(value, TSimd.Load(row + (3 * lanes)), s3);
        }

        float* target = output + (item * width) + c;
        TSimd.Store(target, s0);
        TSimd.Store(target + lanes, s1);
        TSimd.Store(target + (2 * lanes), s2);
        TSimd.Store(target + (3 * lanes), s3);
    }

    private void MapOne<TSimd, TVector>(nint item, int c)
        where TSimd : struct, ISimd<TVector>
    {
        (nint width, int rest) = (of.Sizes.Width, of.Sizes.Width - c);
        TVector sum = TSimd.Multiply(TSimd.Broadcast(of.Gate(item)), VectorMath<TSimd, TVector>.Load(own + (item * width) + c, rest));
        for (int i = of.Start(item), last = of.End(item); i < last; i++)
        {
            sum = TSimd.MultiplyAdd(TSimd.Broadcast(of.Values[i]), VectorMath<TSimd, TVector>.Load(map + (of.Features[i] * width) + c, rest), sum);
        }

        VectorMath<TSimd, TVector>.Store(output + (item * width) + c, sum, rest);
    }
}

/// <summary>
/// Backwards through <see cref="FeatureMapForward"/> to W: <c>dW_f = Σ_i x_if de_i</c>. A task is a range of the features that are full and one of the
/// others, and adds the items in order, so that the sums do not depend on the number of threads.
/// </summary>
/// <param name="of">The items.</param>
/// <param name="gradient">de, <c>[I + 1, d]</c>.</param>
/// <param name="map">dW, <c>[F, d]</c>; the sums are added to it.</param>
/// <param name="learns">Whether W learns from an item, <c>[I + 1]</c>; null where it learns from all.</param>
internal readonly unsafe struct FeatureMapBackward(MappedItems of, float* gradient, float* map, bool* learns) : IWork
{
    /// <summary>Number of tasks.</summary>
    public const int Tasks = 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        FeatureSizes sizes = of.Sizes;
        (int others, nint width) = (sizes.Features - sizes.Full, sizes.Width);
        (int begin, int end) = Part(task, others);
        (int firstFull, int endFull) = Part(task, sizes.Full);
        int* columns = of.Features;
        float* values = of.Values, sums = map;    // copies in registers: a store might otherwise change them
        for (int range = 0; range < of.Ranges; range++)
        {
            (int first, int last) = of.Range(range);
            for (nint item = first; item < last && begin < end; item++)
            {
                if (learns != null && !learns[item])
                {
                    continue;
                }

                float* source = gradient + (item * width);
                for (int i = begin == 0 ? of.Start(item) : of.FindFeature(item, begin), stop = of.End(item); i < stop && columns[i] < end; i++)
                {
                    AddScaled<TSimd, TVector>(width, values[i], source, sums + (columns[i] * width));
                }
            }

            if (firstFull < endFull)
            {
                AddFull<TSimd, TVector>(first, last - first, firstFull, endFull - firstFull, arena);
            }
        }
    }

    private static (int Begin, int End) Part(int task, int of) => ((int)((long)task * of / Tasks), (int)((task + 1L) * of / Tasks));

    private void AddFull<TSimd, TVector>(int firstItem, int rows, int firstColumn, int count, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        ArenaMark mark = arena.Mark();
        FeatureSizes sizes = of.Sizes;
        float* full = of.CopyFull(firstItem, rows, firstColumn, count, arena);
        for (int i = 0; i < rows && learns != null; i++)
        {
            if (!learns[firstItem + i])
            {
                new Span<float>(full + ((nint)i * count), count).Clear();
            }
        }

        float* sum = map + ((nint)(sizes.Features - sizes.Full + firstColumn) * sizes.Width);
        WeightGradient<TSimd, TVector>.Add(rows, count, full, count, sizes.Width, gradient + ((nint)firstItem * sizes.Width), sizes.Width, sum, arena);
        arena.Release(mark);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled<TSimd, TVector>(nint width, float factor, float* values, float* sum)
        where TSimd : struct, ISimd<TVector>
    {
        TVector scale = TSimd.Broadcast(factor);
        nint c = 0;
        for (; c + TSimd.Lanes <= width; c += TSimd.Lanes)
        {
            TSimd.Store(sum + c, TSimd.MultiplyAdd(scale, TSimd.Load(values + c), TSimd.Load(sum + c)));
        }

        for (; c < width; c++)
        {
            sum[c] += factor * values[c];
        }
    }
}

/// <summary>Backwards through <see cref="FeatureMapForward"/> to δ: <c>dδ_i = g_i de_i</c>. A task is a range of items.</summary>
/// <param name="of">The items.</param>
/// <param name="gradient">de, <c>[I + 1, d]</c>.</param>
/// <param name="own">Receives dδ, <c>[I + 1, d]</c>.</param>
internal readonly unsafe struct GateBackward(MappedItems of, float* gradient, float* own) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (nint item, nint end) = of.Range(task);
        int width = of.Sizes.Width;
        for (; item < end; item++)
        {
            TVector gate = TSimd.Broadcast(of.Gate(item));
            nint place = item * width;
            for (int c = 0; c < width; c += TSimd.Lanes)
            {
                int rest = width - c;
                VectorMath<TSimd, TVector>.Store(own + place + c, TSimd.Multiply(gate, VectorMath<TSimd, TVector>.Load(gradient + place + c, rest)), rest);
            }
        }
    }
}

/// <summary>The vectors of items as arrays.</summary>
internal static class FeatureTable
{
    /// <summary><c>e_i = g_i δ_i + Σ_f x_if W_f</c> for all items, in the bits of the training.</summary>
    /// <param name="features">x, <c>[I + 1, F]</c>.</param>
    /// <param name="gates">g, <c>[I + 1]</c>.</param>
    /// <param name="own">δ, <c>[I + 1, d]</c>.</param>
    /// <param name="map">W, <c>[F, d]</c>.</param>
    /// <returns><c>[I + 1, d]</c>.</returns>
    public static unsafe float[] Compute(SparseRows features, float[] gates, float[] own, float[] map)
    {
        var table = new float[own.Length];
        using var workspace = new Workspace(1);
        fixed (int* offsets = features.Offsets, columns = features.Columns)
        {
            fixed (float* values = features.Values, gate = gates, mine = own, weights = map, output = table)
            {
                var sizes = new FeatureSizes(features.NumberOfRows, features.NumberOfColumns, features.CountFullColumns(), own.Length / features.NumberOfRows);
                var items = new MappedItems(offsets, columns, values, gate, sizes);
                workspace.Run(items.Ranges, new FeatureMapForward(items, mine, weights, output));
            }
        }

        return table;
    }
}
