using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Training;

/// <summary>The numbers of a prior and how well it does.</summary>
/// <param name="Shape">How pairs are counted.</param>
/// <param name="Gain">Gain of the prior.</param>
/// <param name="Weight">Its weight; 0 is no prior.</param>
/// <param name="Ndcg">NDCG@10 on the held-out events.</param>
internal readonly record struct PriorCandidate(CooccurrenceShape Shape, double Gain, double Weight, double Ndcg);
