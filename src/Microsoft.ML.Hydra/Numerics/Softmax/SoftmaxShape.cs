namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Sizes of a cross-entropy over a catalogue.</summary>
/// <param name="Rows">M: queries.</param>
/// <param name="Items">I: items, from 1 unless there are no queries.</param>
/// <param name="Width">d: width of queries and items.</param>
internal readonly record struct SoftmaxShape(int Rows, int Items, int Width);
