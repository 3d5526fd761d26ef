namespace Microsoft.ML.Hydra.Persistence;

/// <summary>What the header says of one tensor; <c>[Begin, End)</c> are bytes of the buffer.</summary>
internal sealed record SafetensorsHeaderEntry(string Name, TensorElementType ElementType, long[] Shape, long Begin, long End);
