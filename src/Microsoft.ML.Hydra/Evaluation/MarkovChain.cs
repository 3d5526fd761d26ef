using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// A Markov chain over the last items, the one <c>k</c> steps back weighted by <c>1/k</c>. With one step it ranks the direct
/// successors of the last item by their counts.
/// </summary>
/// <param name="train">The sequences to count on.</param>
/// <param name="popularity">Popularity in the same sequences.</param>
/// <param name="steps">How far back the chain looks, in the counts and in the history.</param>
internal sealed class MarkovChain(SequenceDataset train, Popularity popularity, int steps)
    : LinkScorer(Transitions.Count(train, popularity, steps), popularity, Enumerable.Range(1, steps).Select(back => 1.0 / back));
