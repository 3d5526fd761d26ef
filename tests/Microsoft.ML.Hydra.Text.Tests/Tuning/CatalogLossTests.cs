using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tuning;

public sealed class CatalogLossTests
{
    [Fact]
    public void The_loss_is_the_weighted_cross_entropy_of_the_neighbours_over_all_items_but_the_asker()
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        int[] items = [1, 2, 3, 5];                    // item 4 has no text
        ItemLinks links = ItemLinks.Count(TinyData.Of(5, [[1, 2, 3], [5, 1], [3, 1, 4, 2]], SequenceValidation.None), 2, [-1, 0, 0, 0, -1, 0]);
        float[][] vectors = [Unit(1, 0, 0), Unit(1, 1, 0), Unit(0, 1, 2), Unit(-1, 2, 1)];
        using var bank = new VectorBank(items, 5, torch.tensor(vectors.SelectMany(v => v).ToArray(), [4, 3]).DetachFromDisposeScope());
        float[][] live = [Unit(0, 0, 1), Unit(2, 1, 1)];   // of items 3 and 1

        (double loss, _, _) = new CatalogLoss(links).Compute(torch.tensor(live.SelectMany(v => v).ToArray(), [2, 3]), [3, 1], bank, .5);

        (vectors[2], vectors[0]) = (live[0], live[1]);
        double sum = 0, weights = 0;
        foreach (int item in new[] { 3, 1 })
        {
            int place = Array.IndexOf(items, item);
            double normalizer = Enumerable.Range(0, 4).Where(other => other != place).Sum(other => Math.Exp(Dot(place, other) / .5));
            double entropy = 0;
            for (int i = 0; i < links.NeighborsOf(item).Length; i++)
            {
                entropy -= links.SharesOf(item)[i] * Math.Log(Math.Exp(Dot(place, Array.IndexOf(items, links.NeighborsOf(item)[i])) / .5) / normalizer);
            }

            sum += Math.Sqrt(links.Sums[item]) * entropy;
            weights += Math.Sqrt(links.Sums[item]);
        }

        Assert.Equal(sum / weights, loss, 1e-5);
        Assert.Equal(live[0], bank.Vectors[2].data<float>().ToArray());

        double Dot(int a, int b) => vectors[a].Zip(vectors[b], (x, y) => (double)x * y).Sum();
    }

    private static float[] Unit(params double[] values) => [.. values.Select(value => (float)(value / Math.Sqrt(values.Sum(x => x * x))))];
}
