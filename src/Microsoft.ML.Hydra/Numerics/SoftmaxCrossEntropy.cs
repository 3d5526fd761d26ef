namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Exact cross-entropy over a whole catalogue; the gradients are computed together with the loss:
/// <code>
/// loss = Σ_m log Σ_i exp(z_mi) − z_mt        z = Q E^T        dL/dz = softmax(z) − onehot(t)
/// </code>
/// Only the logits of a few rows exist at a time (<see cref="RowsPerBlock"/> for each thread). Results do not depend on the number
/// of threads: one thread computes each row, then one thread computes each item, and sums over rows follow the order of the rows.
/// </summary>
internal static unsafe class SoftmaxCrossEntropy
{
    private const int ItemsPerTask = 480;       // a multiple of the rows and columns of every tile
    private const int LogitsPerBlock = 1 << 18; // 1 MB: the second-level cache of a core

    /// <summary>Computes the sum of the losses and the gradients of <paramref name="scale"/> times this sum.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="queries">Q: M rows of d.</param>
    /// <param name="items">E: I rows of d.</param>
    /// <param name="targets">The item of each query, 0 to I − 1.</param>
    /// <param name="scale">Factor of the gradients, 1/M for the gradients of the mean loss.</param>
    /// <param name="queryGradient">Overwritten; M rows of d.</param>
    /// <param name="itemGradient">Added to; I rows of d.</param>
    /// <param name="workspace">Threads and scratch memory: twice the items, and the logits of a few rows.</param>
    /// <returns>The sum of the losses.</returns>
    public static double Run(
        in SoftmaxShape shape, ReadOnlyRows queries, ReadOnlyRows items, ReadOnlySpan<int> targets, float scale,
        Rows queryGradient, Rows itemGradient, Workspace workspace)
    {
        queries.Check(shape.Rows, shape.Width, nameof(queries));
        items.Check(shape.Items, shape.Width, nameof(items));
        queryGradient.Check(shape.Rows, shape.Width, nameof(queryGradient));
        itemGradient.Check(shape.Items, shape.Width, nameof(itemGradient));
        CheckTargets(shape, targets);
        if (shape.Rows == 0)
        {
            return 0;
        }

        int rowsPerBlock = RowsPerBlock(shape.Items);
        int blocks = Math.Min(workspace.DegreeOfParallelism, (shape.Rows + rowsPerBlock - 1) / rowsPerBlock);
        workspace.Shared.Reset();
        var buffers = new Buffers(shape, rowsPerBlock, blocks, workspace.Shared);
        fixed (float* q = queries.Values, e = items.Values, dq = queryGradient.Values, de = itemGradient.Values)
        fixed (int* t = targets)
        {
            int itemTasks = (shape.Items + ItemsPerTask - 1) / ItemsPerTask;
            workspace.Run(itemTasks, new ItemPacking(shape, new(e, items.Stride, 1), buffers));
            var operands = new RowOperands(new(q, queries.Stride, 1), t, scale, new(dq, queryGradient.Stride, 1));
            for (int row = 0; row < shape.Rows; row += blocks * rowsPerBlock)
            {
                int rows = Math.Min(shape.Rows - row, blocks * rowsPerBlock);
                workspace.Run((rows + rowsPerBlock - 1) / rowsPerBlock, new RowGradients(shape, operands, row, rows, buffers));
                workspace.Run(itemTasks, new ItemGradients(shape, rows, new(de, itemGradient.Stride, 1), buffers));
            }
        }

        double loss = 0;
        for (int row = 0; row < shape.Rows; row++)
        {
            loss += buffers.Losses[row];
        }

        return loss;
    }

    /// <summary>Rows whose logits a thread holds at a time: a multiple of the rows of every tile.</summary>
    public static int RowsPerBlock(int items) => Math.Clamp(LogitsPerBlock / Math.Max(items, 1) / 12 * 12, 48, 192);

    private static void CheckTargets(in SoftmaxShape shape, ReadOnlySpan<int> targets)
    {
        if (targets.Length != shape.Rows)
        {
            throw new ArgumentException($"{targets.Length} targets were given for {shape.Rows} queries; give one for each.", nameof(targets));
        }

        foreach (int target in targets)
        {
            if (target < 0 || target >= shape.Items)
            {
                throw new ArgumentOutOfRangeException(nameof(targets), target, $"A target is not an item; targets are 0 to {shape.Items - 1}.");
            }
        }
    }

    /// <summary>What the loss reads and writes for all rows.</summary>
    private readonly struct RowOperands(MatrixPointer queries, int* targets, float scale, MatrixPointer gradient)
    {
        public MatrixPointer Queries { get; } = queries;

        public int* Targets { get; } = targets;

        public float Scale { get; } = scale;

        public MatrixPointer Gradient { get; } = gradient;
    }

    /// <summary>Scratch memory: items in packed form, blocks of logits, and what the items' gradients need from the rows.</summary>
    private readonly struct Buffers
    {
        private const int WidestTile = 32;
        private const int Page = 1024;

        public Buffers(in SoftmaxShape shape, int rowsPerBlock, int blocks, Arena arena)
        {
            // Columns of the logits are read too: rows a whole number of pages apart would share their places in the cache.
            LogitStride = (shape.Items + 15) / 16 * 16;
            LogitStride += LogitStride % Page == 0 ? 16 : 0;
            RowsPerBlock = rowsPerBlock;
            PackedColumns = arena.Floats((long)((shape.Items + WidestTile - 1) / WidestTile * WidestTile) * shape.Width);
            PackedRows = arena.Floats((long)((shape.Width + WidestTile - 1) / WidestTile * WidestTile) * shape.Items);
            Logits = arena.Floats((long)blocks * rowsPerBlock * LogitStride);
            ScaledQueries = arena.Floats((long)blocks * rowsPerBlock * shape.Width);
            Losses = arena.Doubles(shape.Rows);
        }

        /// <summary>Rows of a block.</summary>
        public int RowsPerBlock { get; }

        /// <summary>Numbers from one row of logits to the next.</summary>
        public int LogitStride { get; }

        /// <summary>E^T packed for <c>Q E^T</c>.</summary>
        public float* PackedColumns { get; }

        /// <summary>E packed for <c>P E</c>.</summary>
        public float* PackedRows { get; }

        /// <summary>Logits z of the current rows; then <c>e^(z − max)</c>, at the target minus the sum of the row.</summary>
        public float* Logits { get; }

        /// <summary>The current queries times <c>scale / Σ e^(z − max)</c>.</summary>
        public float* ScaledQueries { get; }

        /// <summary>The loss of every row.</summary>
        public double* Losses { get; }
    }

    /// <summary>Packs the catalogue for both products it takes part in; one task is a range of items.</summary>
    private readonly struct ItemPacking(SoftmaxShape shape, MatrixPointer items, Buffers buffers) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int first = task * ItemsPerTask, count = Math.Min(ItemsPerTask, shape.Items - first);
            float* source = items.Start + (first * items.Row);
            GemmBlocks<TSimd, TVector>.Pack(shape.Width, count, new(source, 1, items.Row), buffers.PackedColumns + ((nint)first * shape.Width));
            int width = GemmTile<TSimd, TVector>.Columns;
            for (int column = 0; column < shape.Width; column += width)
            {
                float* panel = buffers.PackedRows + ((nint)column * shape.Items);
                GemmBlocks<TSimd, TVector>.Pack(
                    count, Math.Min(width, shape.Width - column), new(source + column, items.Row, 1), panel + ((nint)first * width));
            }
        }
    }

    /// <summary>
    /// Losses and query gradients of the current rows; one task is a block of rows. The probabilities stay unnormalised,
    /// <c>u_i = e^(z_i − max)</c> with <c>s = Σ u</c>, so that they are written once:
    /// <code>
    /// loss = log s + max − z_t        dq = scale / s · Σ_i (u_i − s [i = t]) e_i
    /// </code>
    /// </summary>
    private readonly struct RowGradients(SoftmaxShape shape, RowOperands operands, int firstRow, int rows, Buffers buffers) : IWork
    {
        // When the compiler inlines such a loop into its caller, the loop is half as fast.
        private const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int row = task * buffers.RowsPerBlock, count = Math.Min(buffers.RowsPerBlock, rows - row);
            nint stride = operands.Queries.Row, gradientStride = operands.Gradient.Row;
            float* queries = operands.Queries.Start + ((firstRow + row) * stride);
            float* gradient = operands.Gradient.Start + ((firstRow + row) * gradientStride);
            float* logits = buffers.Logits + ((nint)row * buffers.LogitStride);
            float* factors = arena.Floats(count);
            GemmBlocks<TSimd, TVector>.MultiplyPacked(
                new(count, shape.Items, shape.Width), new(queries, stride, 1), buffers.PackedColumns, new(logits, buffers.LogitStride), false, arena);
            for (int i = 0; i < count; i++)
            {
                float* z = logits + ((nint)i * buffers.LogitStride);
                for (int j = shape.Items; j < buffers.LogitStride; j++)
                {
                    z[j] = float.NegativeInfinity;
                }

                int target = operands.Targets[firstRow + row + i];
                double atTarget = z[target];
                float max = Max<TSimd, TVector>(z, buffers.LogitStride);
                double sum = Exponentials<TSimd, TVector>(z, buffers.LogitStride, max);
                buffers.Losses[firstRow + row + i] = Math.Log(sum) + max - atTarget;
                z[target] -= (float)sum;
                factors[i] = (float)(operands.Scale / sum);
                float* scaled = buffers.ScaledQueries + ((nint)(row + i) * shape.Width);
                VectorRows<TSimd, TVector>.CopyScaled(scaled, shape.Width, queries + (i * stride), shape.Width, factors[i]);
            }

            GemmBlocks<TSimd, TVector>.MultiplyPacked(
                new(count, shape.Width, shape.Items), new(logits, buffers.LogitStride, 1), buffers.PackedRows, new(gradient, gradientStride), false, arena);
            for (int i = 0; i < count; i++)
            {
                float* dq = gradient + (i * gradientStride);
                VectorRows<TSimd, TVector>.CopyScaled(dq, shape.Width, dq, shape.Width, factors[i]);
            }
        }

        [MethodImpl(Loop)]
        private static float Max<TSimd, TVector>(float* values, int count)
            where TSimd : struct, ISimd<TVector>
        {
            TVector even = TSimd.Load(values), odd = even;
            for (int i = 0; i < count; i += 2 * TSimd.Lanes)
            {
                even = TSimd.Max(even, TSimd.Load(values + i));
                odd = TSimd.Max(odd, TSimd.Load(values + Math.Min(i + TSimd.Lanes, count - TSimd.Lanes)));
            }

            return TSimd.MaxLane(TSimd.Max(even, odd));
        }

        // Replaces z by e^(z − max) and returns the sum: 1024 terms at a time in float32 lanes, then in float64.
        [MethodImpl(Loop)]
        private static double Exponentials<TSimd, TVector>(float* z, int count, float max)
            where TSimd : struct, ISimd<TVector>
        {
            TVector shift = TSimd.Broadcast(max);
            double total = 0;
            for (int block = 0; block < count; block += 1024)
            {
                int end = Math.Min(count, block + 1024);
                TVector sum = TSimd.Zero;
                for (int i = block; i < end; i += TSimd.Lanes)
                {
                    TVector value = VectorMath<TSimd, TVector>.Exp(TSimd.Subtract(TSimd.Load(z + i), shift));
                    TSimd.Store(z + i, value);
                    sum = TSimd.Add(sum, value);
                }

                total += TSimd.Sum(sum);
            }

            return total;
        }
    }

    /// <summary><c>dE += P^T Q</c> over the current rows, block after block; one task is a range of items.</summary>
    private readonly struct ItemGradients(SoftmaxShape shape, int rows, MatrixPointer gradient, Buffers buffers) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int first = task * ItemsPerTask, count = Math.Min(ItemsPerTask, shape.Items - first);
            for (int row = 0; row < rows; row += buffers.RowsPerBlock)
            {
                arena.Reset();
                GemmBlocks<TSimd, TVector>.Multiply(
                    new(count, shape.Width, Math.Min(buffers.RowsPerBlock, rows - row)),
                    new(buffers.Logits + ((nint)row * buffers.LogitStride) + first, 1, buffers.LogitStride),
                    new(buffers.ScaledQueries + ((nint)row * shape.Width), shape.Width, 1),
                    new(gradient.Start + (first * gradient.Row), gradient.Row), true, arena);
            }
        }
    }
}

/// <summary>Sizes of a cross-entropy over a catalogue.</summary>
/// <param name="Rows">M: queries.</param>
/// <param name="Items">I: items, from 1 unless there are no queries.</param>
/// <param name="Width">d: width of queries and items.</param>
internal readonly record struct SoftmaxShape(int Rows, int Items, int Width);
