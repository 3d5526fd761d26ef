namespace Microsoft.ML.Hydra.Numerics;

/// <summary>How much of an arena was handed out. Pieces of a block that came later were all handed out since.</summary>
internal readonly record struct ArenaMark(int Blocks, long Used);
