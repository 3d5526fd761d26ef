namespace Microsoft.ML.Hydra.Text;

/// <summary>What a pass of a tuning over the items gave.</summary>
/// <param name="Pass">The pass, from 1; 0 is the encoder before the tuning.</param>
/// <param name="Loss">The mean loss of the steps, in nats; NaN for pass 0.</param>
/// <param name="Temperature">The softmax temperature after the pass.</param>
/// <param name="ValidationNdcgAt10">
/// NDCG@10 with which the text neighbours of the last item find the held-out events, the mean of the domains; NaN where no sequence has three events.
/// </param>
/// <param name="Elapsed">Time since the start of the tuning, of runs that it resumed included.</param>
/// <param name="IsBest">Whether no earlier pass was better.</param>
public sealed record TextTuningPass(int Pass, double Loss, double Temperature, double ValidationNdcgAt10, TimeSpan Elapsed, bool IsBest);
