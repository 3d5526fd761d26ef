using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Training;

/// <summary>What fitting a prior came to.</summary>
/// <param name="Prior">The prior, or <see langword="null"/> where none is better.</param>
/// <param name="NdcgWithout">NDCG@10 of the model on the held-out events that it was fitted on; NaN when there are none.</param>
/// <param name="NdcgWith">… and of model and prior together.</param>
internal sealed record PriorFitResult(CooccurrencePrior? Prior, double NdcgWithout, double NdcgWith);
