namespace Microsoft.ML.Hydra.Numerics;

/// <summary>One head of an attention over the tokens of a text: where its queries, keys, values and results are, a row for each token.</summary>
/// <param name="tokens">Tokens, n.</param>
/// <param name="width">Numbers of a head, w.</param>
/// <param name="isCausal">Whether a token sees only itself and those before it.</param>
internal readonly struct AttentionHead(int tokens, int width, bool isCausal)
{
    public int Tokens { get; } = tokens;

    public int Width { get; } = width;

    public bool IsCausal { get; } = isCausal;

    public RowPointer Queries { get; init; }

    public RowPointer Keys { get; init; }

    public RowPointer Values { get; init; }

    public RowPointer Results { get; init; }
}

/// <summary>
/// Attention (arXiv 1706.03762): <c>result_i = Σ_j p_ij v_j</c>, <c>p_i = softmax_j(q_i · k_j / √w)</c> over the tokens j that i sees. Four queries run
/// together; the memory is linear in the tokens.
/// </summary>
internal static unsafe class Attention<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    private const int Queries = 4;

    /// <summary>Computes the results of a head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in AttentionHead head, Arena arena)
    {
        (int n, int width) = (head.Tokens, head.Width);
        int padded = (n + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
        ArenaMark mark = arena.Mark();
        float* keys = arena.Floats((long)width * padded), weights = arena.Floats((long)Queries * padded), sums = arena.Floats(Queries);
        Transpose(n, width, head.Keys, padded, keys);
        float scale = 1 / MathF.Sqrt(width);
        for (int first = 0; first < n; first += Queries)
        {
            int queries = Math.Min(Queries, n - first);
            int seen = head.IsCausal ? first + queries : n;
            Scores(queries, width, seen, head.Queries.From(first), padded, keys, weights);
            for (int query = 0; query < queries; query++)
            {
                sums[query] = Exponentials(head.IsCausal ? first + query + 1 : n, seen, scale, weights + (query * padded));
            }

            Mix(queries, seen, head, first, padded, weights, sums);
        }

        arena.Release(mark);
    }

    // Keys as columns, [w, padded], four keys at a time. What is after the last is not cleared: its weights are not used.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(nint n, nint width, RowPointer keys, nint padded, float* columns)
    {
        nint j = 0;
        for (; j + 4 <= n; j += 4)
        {
            float* k0 = keys[j], k1 = keys[j + 1], k2 = keys[j + 2], k3 = keys[j + 3], target = columns + j;
            for (nint c = 0; c < width; c++, target += padded)
            {
                (target[0], target[1], target[2], target[3]) = (k0[c], k1[c], k2[c], k3[c]);
            }
        }

        for (; j < n; j++)
        {
            float* key = keys[j], target = columns + j;
            for (nint c = 0; c < width; c++, target += padded)
            {
                *target = key[c];
            }
        }
    }

    // q · k, a row of weights for each query. The last query takes the place of those that are missing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(int queries, int width, int seen, RowPointer q, nint padded, float* keys, float* weights)
    {
        float* q0 = q[0], q1 = q[Math.Min(1, queries - 1)], q2 = q[Math.Min(2, queries - 1)], q3 = q[queries - 1];
        for (nint j = 0; j < seen; j += TSimd.Lanes)
        {
            TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
            float* column = keys + j;
            for (nint c = 0; c < width; c++, column += padded)
            {
                TVector k = TSimd.Load(column);
                s0 = TSimd.MultiplyAdd(TSimd.Broadcast(q0[c]), k, s0);
                s1 = TSimd.MultiplyAdd(TSimd.Broadcast(q1[c]), k, s1);
                s2 = TSimd.MultiplyAdd(TSimd.Broadcast(q2[c]), k, s2);
                s3 = TSimd.MultiplyAdd(TSimd.Broadcast(q3[c]), k, s3);
            }

            TSimd.Store(weights + j, s0);
            TSimd.Store(weights + padded + j, s1);
            TSimd.Store(weights + (2 * padded) + j, s2);
            TSimd.Store(weights + (3 * padded) + j, s3);
        }
    }

    // e^(scale (score − largest)) of the tokens that are seen, zeros up to the end; returns their sum
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials(int seen, int end, float scale, float* weights)
    {
        int vectors = (seen + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
        for (int j = seen; j < vectors; j++)
        {
            weights[j] = float.NegativeInfinity;
        }

        TVector largest = TSimd.Load(weights);
        for (int j = TSimd.Lanes; j < vectors; j += TSimd.Lanes)
        {
            largest = TSimd.Max(largest, TSimd.Load(weights + j));
        }

        TVector s = TSimd.Broadcast(scale), most = TSimd.Broadcast(TSimd.MaxLane(largest)), sum = TSimd.Zero;
        for (int j = 0; j < vectors; j += TSimd.Lanes)
        {
            TVector e = VectorMath<TSimd, TVector>.Exp(TSimd.Multiply(s, TSimd.Subtract(TSimd.Load(weights + j), most)));
            TSimd.Store(weights + j, e);
            sum = TSimd.Add(sum, VectorMath<TSimd, TVector>.Load(weights + j, seen - j));
        }

        for (int j = seen; j < end; j++)
        {
            weights[j] = 0;
        }

        return TSimd.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(int queries, int seen, in AttentionHead head, int first, nint padded, float* weights, float* sums)
    {
        int last = queries - 1;
        float* p0 = weights, p1 = weights + (Math.Min(1, last) * padded), p2 = weights + (Math.Min(2, last) * padded), p3 = weights + (last * padded);
        RowPointer results = head.Results.From(first);
        for (int i = 0; i < head.Width; i += TSimd.Lanes)
        {
            TVector r0 = TSimd.Zero, r1 = TSimd.Zero, r2 = TSimd.Zero, r3 = TSimd.Zero;
            int rest = head.Width - i;
            float* value = head.Values.Start + i;
            for (nint j = 0; j < seen; j++, value += head.Values.Stride)
            {
                TVector v = VectorMath<TSimd, TVector>.Load(value, rest);
                r0 = TSimd.MultiplyAdd(TSimd.Broadcast(p0[j]), v, r0);
                r1 = TSimd.MultiplyAdd(TSimd.Broadcast(p1[j]), v, r1);
                r2 = TSimd.MultiplyAdd(TSimd.Broadcast(p2[j]), v, r2);
                r3 = TSimd.MultiplyAdd(TSimd.Broadcast(p3[j]), v, r3);
            }

            Put(results[0] + i, r0, sums[0], rest);
            if (queries > 1)
            {
                Put(results[1] + i, r1, sums[1], rest);
            }

            if (queries > 2)
            {
                Put(results[2] + i, r2, sums[2], rest);
            }

            if (queries > 3)
            {
                Put(results[3] + i, r3, sums[3], rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* target, TVector sum, float divisor, int rest) =>
        VectorMath<TSimd, TVector>.Store(target, TSimd.Divide(sum, TSimd.Broadcast(divisor)), rest);
}
