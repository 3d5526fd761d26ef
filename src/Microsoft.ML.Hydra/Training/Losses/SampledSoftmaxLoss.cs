using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Sampled softmax: each position's next item against negatives shared by the batch. A negative's logit is reduced by the
/// logarithm of the item's expected number of draws (log-Q correction, Bengio &amp; Senécal 2008); the target's is not, because the
/// target is not drawn. A negative that happens to be the target is masked. So the sum over the sample estimates the
/// sum over all other items, and loss and gradient approach the full softmax as the sample grows.
/// </summary>
internal sealed class SampledSoftmaxLoss(PopularitySampler sampler, int numberOfNegatives) : NextItemLoss
{
    // Logits of one block of rows at a time.
    private const long LogitsPerBlock = 1 << 19;

    public override Tensor Compute(Tensor queries, Tensor table, Tensor targets, Random random)
    {
        var drawn = new long[numberOfNegatives];
        sampler.Draw(drawn, random);
        Tensor negatives = tensor(drawn, device: table.device);
        Tensor negativeLogQ = LogQ(drawn, table);
        Tensor negativeItems = table.index_select(0, negatives);                               // [K, d]
        Tensor positiveItems = table.index_select(0, targets);                                 // [M, d]
        long rows = Math.Max(16, LogitsPerBlock / numberOfNegatives);
        return SampledFunction.apply(queries, negativeItems, positiveItems, targets, negatives, negativeLogQ, rows);
    }

    private Tensor LogQ(long[] rows, Tensor like) =>
        tensor(Array.ConvertAll(rows, row => Math.Log(sampler.Probability(row) * numberOfNegatives)), like.dtype, like.device);

    // As in the full softmax, a block's gradients are made together with its logits.
    private sealed class SampledFunction : autograd.SingleTensorFunction<SampledFunction>
    {
        public override string Name => nameof(SampledSoftmaxLoss);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (queries, negatives, positives) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
            var (targetRows, negativeRows) = ((Tensor)vars[3], (Tensor)vars[4]);
            var (negativeLogQ, rowsPerBlock) = ((Tensor)vars[5], (long)vars[6]);
            using IDisposable scope = no_grad();
            using DisposeScope disposal = NewDisposeScope();
            long count = queries.shape[0];
            Tensor queryGradient = empty_like(queries);
            Tensor positiveGradient = empty_like(positives);
            Tensor negativeGradient = zeros_like(negatives);
            Tensor total = zeros([], queries.dtype, queries.device);
            for (long start = 0; start < count; start += rowsPerBlock)
            {
                using DisposeScope block = NewDisposeScope();
                long rows = Math.Min(rowsPerBlock, count - start);
                Tensor query = queries.narrow(0, start, rows);
                Tensor positive = positives.narrow(0, start, rows);
                Tensor hit = targetRows.narrow(0, start, rows).unsqueeze(-1).eq(negativeRows);
                Tensor negativeLogits = (query.mm(negatives.t()) - negativeLogQ).masked_fill_(hit, double.NegativeInfinity);
                Tensor positiveLogit = (query * positive).sum(-1);
                Tensor logSum = cat([positiveLogit.unsqueeze(-1), negativeLogits], -1).logsumexp(-1);
                total.add_((logSum - positiveLogit).sum());
                Tensor negativeShare = negativeLogits.sub_(logSum.unsqueeze(-1)).exp_().div_(count);
                Tensor positiveShare = ((positiveLogit - logSum).exp() - 1).div_(count).unsqueeze(-1);
                queryGradient.narrow(0, start, rows).copy_(negativeShare.mm(negatives) + positiveShare * positive);
                positiveGradient.narrow(0, start, rows).copy_(positiveShare * query);
                negativeGradient.addmm_(negativeShare.t(), query);
            }

            ctx.save_for_backward([queryGradient, negativeGradient, positiveGradient]);
            foreach (Tensor gradient in new[] { queryGradient, negativeGradient, positiveGradient })
            {
                gradient.MoveToOuterDisposeScope();
            }

            return total.div_(count).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            List<Tensor> saved = ctx.get_saved_variables();
            return [saved[0] * grad_output, saved[1] * grad_output, saved[2] * grad_output, null!, null!, null!, null!];
        }
    }
}

/// <summary>
/// Draws items with replacement with probability proportional to (count + 1)^0.75 and knows each item's expected number of
/// draws, for the log-Q correction of the sampled softmax.
/// </summary>
internal sealed class PopularitySampler
{
    private const double Power = 0.75;
    private readonly double[] _cumulative;   // of item row i + 1

    /// <param name="itemCounts">Training events by item row; entry 0 (padding) is ignored.</param>
    public PopularitySampler(ReadOnlySpan<int> itemCounts)
    {
        _cumulative = new double[itemCounts.Length - 1];
        double sum = 0;
        for (int i = 0; i < _cumulative.Length; i++)
        {
            sum += Math.Pow(itemCounts[i + 1] + 1.0, Power);
            _cumulative[i] = sum;
        }
    }

    /// <summary>Fills <paramref name="rows"/> with item rows drawn from <paramref name="random"/>.</summary>
    public void Draw(Span<long> rows, Random random)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            int found = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
            rows[i] = Math.Min(found < 0 ? ~found : found + 1, _cumulative.Length - 1) + 1;
        }
    }

    /// <summary>Probability that one draw gives the item.</summary>
    public double Probability(long row)
    {
        int i = checked((int)row) - 1;
        return (_cumulative[i] - (i == 0 ? 0 : _cumulative[i - 1])) / _cumulative[^1];
    }
}
