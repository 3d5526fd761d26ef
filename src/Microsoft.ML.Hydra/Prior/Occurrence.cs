namespace Microsoft.ML.Hydra.Prior;

/// <summary>One event of an item.</summary>
/// <param name="Sequence">The sequence it is in.</param>
/// <param name="Index">Its place there, from 0, the oldest.</param>
internal readonly record struct Occurrence(int Sequence, int Index);
