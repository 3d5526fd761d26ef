using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>The loss within a domain is that of a softmax over the items of the domain alone, and its gradients are right.</summary>
public sealed class DomainLossTests
{
    private const int Width = 5;

    // Items 1, 4, 5 and 7 are of domain 0, items 2, 3 and 6 of domain 1.
    private static readonly ItemDomains s_domains = new(["a", "b"], [-1, 0, 1, 1, 0, 0, 1, 0]);

    [Theory]
    [InlineData(0, new long[] { 4, 0, 7, 1 })]
    [InlineData(1, new long[] { 2, 6, 0, 3 })]
    public void It_is_that_of_a_plain_softmax_over_the_items_of_the_domain(int domain, long[] targets)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor queries, Tensor table) = Inputs(targets.Length);

        double loss = Loss(queries, table, domain, targets).item<double>();

        Assert.Equal(Plain(queries.data<double>().ToArray(), table.data<double>().ToArray(), domain, targets), loss, 12);
    }

    [Fact]
    public void Its_gradients_are_those_of_finite_differences_and_none_for_items_of_other_domains()
    {
        using DisposeScope scope = NewDisposeScope();
        long[] targets = [4, 0, 7, 1];
        (Tensor queries, Tensor table) = Inputs(targets.Length);
        Loss(queries.requires_grad_(), table.requires_grad_(), 0, targets).backward();
        double[] q = queries.data<double>().ToArray(), t = table.data<double>().ToArray();

        double[] byTable = table.grad!.data<double>().ToArray(), byQueries = queries.grad!.data<double>().ToArray();

        const double Step = 1e-6;
        for (int i = 0; i < t.Length; i++)
        {
            double[] up = [.. t], down = [.. t];
            (up[i], down[i]) = (t[i] + Step, t[i] - Step);
            Assert.Equal((Plain(q, up, 0, targets) - Plain(q, down, 0, targets)) / (2 * Step), byTable[i], 7);
            Assert.True(s_domains.OfItems[i / Width] == 0 || byTable[i] == 0);
        }

        for (int i = 0; i < q.Length; i++)
        {
            double[] up = [.. q], down = [.. q];
            (up[i], down[i]) = (q[i] + Step, q[i] - Step);
            Assert.Equal((Plain(up, t, 0, targets) - Plain(down, t, 0, targets)) / (2 * Step), byQueries[i], 7);
        }
    }

    [Fact]
    public void Each_domain_has_the_counts_of_its_own_items()
    {
        var counts = new List<int[]>();

        DomainLoss.Create(s_domains, [0, 10, 20, 30, 40, 50, 60, 70], ofItems =>
        {
            counts.Add(ofItems);
            return new SoftmaxLoss(BlockwiseSoftmax.Run);
        });

        Assert.Equal(2, counts.Count);
        Assert.Equal([0, 10, 40, 50, 70], counts[0]);
        Assert.Equal([0, 20, 30, 60], counts[1]);
    }

    private static (Tensor Queries, Tensor Table) Inputs(int queries)
    {
        using var generator = new Generator(3, CPU);
        return (randn([queries, Width], ScalarType.Float64, generator: generator), randn([8, Width], ScalarType.Float64, generator: generator));
    }

    private static Tensor Loss(Tensor queries, Tensor table, int domain, long[] targets)
    {
        var batch = new SequenceBatch { Lengths = [targets.Length], Items = new int[targets.Length], Positions = new int[targets.Length], Targets = targets, Domain = domain };
        return DomainLoss.Create(s_domains, new int[8], _ => new SoftmaxLoss(BlockwiseSoftmax.Run)).Compute(queries, table, batch, new Random(1), CPU);
    }

    private static double Plain(double[] queries, double[] table, int domain, long[] targets)
    {
        double sum = 0;
        int count = 0;
        for (int m = 0; m < targets.Length; m++)
        {
            if (targets[m] == 0)
            {
                continue;
            }

            double Logit(long item) => Enumerable.Range(0, Width).Sum(c => queries[(m * Width) + c] * table[(item * Width) + c]);
            double total = Enumerable.Range(1, 7).Where(item => s_domains.Of(item) == domain).Sum(item => Math.Exp(Logit(item)));
            sum += Math.Log(total) - Logit(targets[m]);
            count++;
        }

        return sum / count;
    }
}
