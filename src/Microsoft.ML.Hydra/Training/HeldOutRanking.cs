using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// What a model says of one held-out event, and enough of the catalogue beside it to tell the label's place among the first ten after
/// any prior: a prior only raises scores, so whoever passes the label is a row that links lead to, or one of the model's best ten.
/// </summary>
/// <param name="History">The last items before the event, as many as a prior reads, oldest first.</param>
/// <param name="Label">Row of the item that came next.</param>
/// <param name="LabelScore">Its score.</param>
/// <param name="Rows">Other candidates, ascending: those that links lead to and the best ten.</param>
/// <param name="Scores">Their scores.</param>
internal sealed record HeldOutRanking(int[] History, int Label, float LabelScore, int[] Rows, float[] Scores)
{
    /// <summary>The label's place, counted up to 11.</summary>
    /// <param name="boosts">What a prior adds to the label, then to each of <see cref="Rows"/>, each with the weight 1.</param>
    /// <param name="weight">Weight of the prior.</param>
    public int Rank(ReadOnlySpan<float> boosts, double weight)
    {
        float w = (float)weight, label = LabelScore + (w * boosts[0]);
        int better = 0;
        for (int i = 0; i < Rows.Length && better < 10; i++)
        {
            float score = Scores[i] + (w * boosts[i + 1]);
            better += score > label || (score == label && Rows[i] < Label) ? 1 : 0;
        }

        return better + 1;
    }

    /// <summary>What links add up to.</summary>
    /// <param name="sums">The sums after this history.</param>
    /// <param name="linked">Receives that of the label, then that of each of <see cref="Rows"/>.</param>
    public void FindSums(LinkSums sums, Span<double> linked)
    {
        linked[0] = sums[Label];
        for (int i = 0; i < Rows.Length; i++)
        {
            linked[i + 1] = sums[Rows[i]];
        }
    }
}
