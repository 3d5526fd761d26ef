using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Forward;

/// <summary><c>y = x W^T + b</c> with W in packed form. Reads only, so any number of threads may use it at once.</summary>
internal sealed unsafe class LinearLayer
{
    // A product with as few columns reads x in place; with more it would copy x first, which takes longer here. A multiple of any tile's width.
    private const int ColumnsPerSlice = 384;

    private readonly AlignedMemory _panels;
    private readonly float[]? _bias;
    private readonly PackedMatrix[] _slices;

    private LinearLayer(int inputs, int outputs, float[] weight, float[]? bias, Workspace workspace)
    {
        (Inputs, Outputs, _bias) = (inputs, outputs, bias);
        _panels = new AlignedMemory(PackedMatrix.Length(inputs, outputs) * sizeof(float));
        _slices = new PackedMatrix[(outputs + ColumnsPerSlice - 1) / ColumnsPerSlice];
        fixed (float* w = weight)
        {
            for (int slice = 0; slice < _slices.Length; slice++)
            {
                nint first = (nint)slice * ColumnsPerSlice * inputs;
                _slices[slice] = new PackedMatrix(inputs, Columns(slice), new(w + first, 1, inputs), (float*)_panels.Start + first);
            }

            workspace.Run(_slices.Length, new Packing(_slices));   // the source is not read afterwards
        }
    }

    /// <summary>Numbers of a row of x.</summary>
    public int Inputs { get; }

    /// <summary>Numbers of a row of y.</summary>
    public int Outputs { get; }

    /// <summary>Packs the matrices of one or more layers with the same input, one below the other.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="workspace">Packs for its instruction set; products must use the same one.</param>
    /// <param name="names">The layers; each has "NAME.weight", [out, in], and may have "NAME.bias", [out].</param>
    public static LinearLayer Of(LanguageModelWeights weights, Workspace workspace, params string[] names)
    {
        int inputs = (int)weights.Tensors[names[0] + ".weight"].Shape[1];
        int outputs = names.Sum(name => (int)weights.Tensors[name + ".weight"].Shape[0]);
        float[] matrix = names.Length == 1 ? weights[names[0] + ".weight"] : Join(names.Select(name => weights[name + ".weight"]), (long)inputs * outputs);
        float[]? bias = !names.Any(name => weights.Tensors.ContainsKey(name + ".bias")) ? null
            : Join(names.Select(name => weights.Tensors.ContainsKey(name + ".bias") ? weights[name + ".bias"] : new float[weights.Tensors[name + ".weight"].Shape[0]]), outputs);
        return new LinearLayer(inputs, outputs, matrix, bias, workspace);
    }

    /// <summary>Computes y; its rows are contiguous.</summary>
    public void Apply<TSimd, TVector>(int rows, float* x, float* y, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        for (int slice = 0; slice < _slices.Length; slice++)
        {
            int first = slice * ColumnsPerSlice, columns = Columns(slice);
            if (_bias is not null)
            {
                ReadOnlySpan<float> bias = _bias.AsSpan(first, columns);
                for (nint row = 0; row < rows; row++)
                {
                    bias.CopyTo(new Span<float>(y + (row * Outputs) + first, columns));
                }
            }

            _slices[slice].Multiply<TSimd, TVector>(rows, x, Inputs, y + first, Outputs, _bias is not null, arena);
        }

        GC.KeepAlive(_panels);
    }

    /// <summary><c>y = y + x W^T + b</c>; rows of y are contiguous.</summary>
    public void Add<TSimd, TVector>(int rows, float* x, float* y, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        fixed (float* bias = _bias)
        {
            for (int slice = 0; slice < _slices.Length; slice++)
            {
                int first = slice * ColumnsPerSlice, columns = Columns(slice);
                for (nint row = 0; row < rows && bias != null; row++)
                {
                    TileRows<TSimd, TVector>.Add(columns, bias + first, y + (row * Outputs) + first);
                }

                _slices[slice].Multiply<TSimd, TVector>(rows, x, Inputs, y + first, Outputs, true, arena);
            }
        }

        GC.KeepAlive(_panels);
    }

    private int Columns(int slice) => Math.Min(ColumnsPerSlice, Outputs - (slice * ColumnsPerSlice));

    private static float[] Join(IEnumerable<float[]> parts, long length)
    {
        var joined = new float[length];
        int at = 0;
        foreach (float[] part in parts)
        {
            part.CopyTo(joined, at);
            at += part.Length;
        }

        return joined;
    }

    private readonly struct Packing(PackedMatrix[] slices) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => slices[task].Pack<TSimd, TVector>();
    }
}
