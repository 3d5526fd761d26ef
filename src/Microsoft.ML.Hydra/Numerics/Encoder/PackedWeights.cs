namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The matrices of all layers as products read them. Packed once, any number of encoders may read them at once.</summary>
internal sealed class PackedWeights(ModelSizes sizes) : IDisposable
{
    private readonly Arena _memory = new();

    /// <summary>The layers, first to last.</summary>
    public PackedLayer[] Layers { get; private set; } = [];

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => _memory.Capacity;

    /// <summary>Takes weights as they are now.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="trains">Whether backward passes are wanted.</param>
    /// <param name="workspace">Its instruction set is the one to read them with.</param>
    public void Pack(EncoderWeights weights, bool trains, Workspace workspace)
    {
        _memory.Reset();
        Layers = [.. weights.Layers.Select(layer => new PackedLayer(sizes, layer, trains, _memory))];
        PackedMatrix[] all = [.. Layers.SelectMany(layer => layer.All)];
        workspace.Run(all.Length, new Packing(all));
    }

    public void Dispose() => _memory.Dispose();

    private readonly struct Packing(PackedMatrix[] matrices) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
            => matrices[task].Pack<TSimd, TVector>();
    }
}
