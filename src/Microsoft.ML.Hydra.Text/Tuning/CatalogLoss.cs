using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// The loss of a step. Each of M items asks all items of its domain that have links, by cosine at a temperature τ, for its neighbours:
/// <code>
/// L = Σ_i w_i Σ_j p_ij (log Σ_k exp(z_i · v_k / τ) − z_i · v_j / τ) / Σ_i w_i        j, k ≠ i
/// </code>
/// v is the bank of the last vectors; the rows of the M items in it are their live vectors, so that gradients flow through items as queries and as answers.
/// </summary>
/// <param name="links">The neighbours, p, and the weights of the rows, w.</param>
internal sealed class CatalogLoss(ItemLinks links)
{
    private const double Never = -1e9;         // a score that no item has
    private const double Smallest = 1e-35;     // a share whose logarithm is still finite

    /// <summary>Computes the loss and its gradient; the bank receives the live vectors.</summary>
    /// <param name="vectors">z, [M, d], each of length 1.</param>
    /// <param name="items">Item rows of the M.</param>
    /// <param name="bank">The domain's items.</param>
    /// <param name="temperature">τ.</param>
    /// <returns>The loss, dL/dz [M, d], and dL/d log(1/τ).</returns>
    public (double Loss, Tensor Gradient, double ScaleGradient) Compute(Tensor vectors, ReadOnlySpan<int> items, VectorBank bank, double temperature)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double scale = 1 / temperature;
        int[] rows = bank.PlacesOf(items);
        Tensor places = torch.tensor(Array.ConvertAll(rows, row => (long)row));
        Tensor z = vectors.detach();
        bank.Vectors.index_copy_(0, places, z);
        long count = bank.Vectors.shape[0];

        // [M, N]: the scores, then the shares that the softmax gives, then dL/dscores
        Tensor scores = z.mm(bank.Vectors.t()).mul_(scale);
        scores.scatter_(1, places.unsqueeze(1), full([rows.Length, 1], Never, scores.dtype));
        (long[] cells, double[] shares, double[] weights) = Targets(items, bank, count);
        Tensor target = torch.tensor(cells);
        Tensor weight = torch.tensor(weights).to(z.dtype);                                    // w_i / Σ w
        Tensor share = torch.tensor(shares).to(z.dtype);                                      // w_i p_ij / Σ w
        Tensor given = nn.functional.softmax(scores, 1);
        double loss = -(share * given.view(-1).index_select(0, target).clamp_min(Smallest).log()).sum().to(ScalarType.Float64).item<double>();
        given.mul_(weight.unsqueeze(1)).view(-1).index_add_(0, target, share, alpha: -1);

        Tensor asQueries = given.mm(bank.Vectors).mul_(scale);
        Tensor asAnswers = given.index_select(1, places).t().mm(z).mul_(scale);
        double scaleGradient = (asQueries * z).sum().to(ScalarType.Float64).item<double>();
        return (loss, asQueries.add_(asAnswers).MoveToOuterDisposeScope(), scaleGradient);
    }

    // The cells of the score matrix that are neighbours, their targets, and the weights of the rows; weights sum to 1.
    private (long[] Cells, double[] Shares, double[] Weights) Targets(ReadOnlySpan<int> items, VectorBank bank, long count)
    {
        var weights = new double[items.Length];
        double sum = 0;
        int cellCount = 0;
        for (int i = 0; i < items.Length; i++)
        {
            sum += weights[i] = links.RowWeight(items[i]);
            cellCount += links.NeighborsOf(items[i]).Length;
        }

        var cells = new long[cellCount];
        var shares = new double[cellCount];
        int next = 0;
        for (int i = 0; i < items.Length; i++)
        {
            weights[i] /= sum;
            ReadOnlySpan<int> neighbors = links.NeighborsOf(items[i]);
            ReadOnlySpan<float> of = links.SharesOf(items[i]);
            int[] places = bank.PlacesOf(neighbors);
            for (int j = 0; j < neighbors.Length; j++)
            {
                (cells[next], shares[next++]) = ((i * count) + places[j], weights[i] * of[j]);
            }
        }

        return (cells, shares, weights);
    }
}

/// <summary>The last vectors of the items of a domain that have links.</summary>
/// <param name="items">Item rows, ascending.</param>
/// <param name="numberOfItems">Size of the catalogue.</param>
/// <param name="vectors">Their vectors, [N, d], each of length 1; owned from now on.</param>
internal sealed class VectorBank(int[] items, int numberOfItems, Tensor vectors) : IDisposable
{
    private readonly int[] _places = Places(items, numberOfItems);

    /// <summary>Item rows, ascending.</summary>
    public int[] Items => items;

    /// <summary>[N, d].</summary>
    public Tensor Vectors => vectors;

    /// <summary>The rows of items in the bank.</summary>
    public int[] PlacesOf(ReadOnlySpan<int> of)
    {
        var places = new int[of.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = _places[of[i]];
        }

        return places;
    }

    public void Dispose() => vectors.Dispose();

    private static int[] Places(int[] items, int numberOfItems)
    {
        var places = new int[numberOfItems + 1];
        Array.Fill(places, -1);
        for (int i = 0; i < items.Length; i++)
        {
            places[items[i]] = i;
        }

        return places;
    }
}
