namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Scores the whole catalogue after each of several histories. Safe to call from many threads.
/// </summary>
/// <param name="items">Item rows of all histories, one after another, oldest event first.</param>
/// <param name="times">Features of the events' times, <c>[events, K]</c>; empty where none are read.</param>
/// <param name="offsets">History <c>i</c> is <c>items[offsets[i] .. offsets[i + 1])</c>; never empty.</param>
/// <param name="scores">
/// Receives row-major <c>[histories × (NumberOfItems + 1)]</c> scores; column 0 is the padding row and is ignored.
/// </param>
internal delegate void BatchScorer(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores);
