using System.Runtime.InteropServices;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>The limits of one core of this machine, with the widest vectors that the kernels use.</summary>
internal sealed unsafe class MachineLimits : IDisposable
{
    private const int Steps = 1 << 20;
    private const nint Numbers = 64 << 20;   // 256 MB: beyond all caches

    private readonly Workspace _workspace = new(1);
    private readonly float* _values = (float*)NativeMemory.AlignedAlloc((nuint)Numbers * sizeof(float), 64);

    public MachineLimits() => new Span<float>(_values, (int)Numbers).Fill(1);

    /// <summary>Floating-point operations per second, in 10^9; a fused multiply-add counts as two.</summary>
    public double GigaflopsNow()
    {
        double operations = 0;
        double* target = &operations;
        double milliseconds = Timing.Milliseconds(() => _workspace.Run(1, new MultiplyAddLoop(Steps, target)));
        return operations / milliseconds / 1e6;
    }

    /// <summary>Bytes read per second, in 10^9, by the faster of two loops.</summary>
    public double ReadGigabytesNow() => Math.Max(ReadGigabytesNow(inOrder: false), ReadGigabytesNow(inOrder: true));

    public void Dispose()
    {
        NativeMemory.AlignedFree(_values);
        _workspace.Dispose();
    }

    private double ReadGigabytesNow(bool inOrder)
    {
        float sum = 0;
        float* target = &sum;
        double milliseconds = Timing.Milliseconds(() => _workspace.Run(1, new ReadLoop(_values, Numbers, inOrder, target)));
        return Numbers * sizeof(float) / milliseconds / 1e6;
    }
}
