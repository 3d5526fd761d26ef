namespace Microsoft.ML.Hydra.Training;

/// <summary>A piece of one sequence to train on in one go.</summary>
/// <param name="Sequence">Index of the sequence in its data set.</param>
/// <param name="Start">Index of the first event read, counted from the sequence's first: its position.</param>
/// <param name="Length">Number of events read; each predicts the event after it.</param>
internal readonly record struct SequenceWindow(int Sequence, int Start, int Length);
