using System.Runtime.Intrinsics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Where kernels run: the number of threads, the instruction set, and the scratch memory that is kept between calls. One caller
/// at a time.
/// </summary>
internal sealed class Workspace : IDisposable
{
    private readonly Arena[] _arenas;

    /// <param name="degreeOfParallelism">Most threads at once, from 1.</param>
    /// <param name="instructions">Instruction set to use, which this processor must support; <see langword="null"/> for the widest.</param>
    public Workspace(int degreeOfParallelism, InstructionSet? instructions = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degreeOfParallelism, 1);
        (DegreeOfParallelism, Instructions) = (degreeOfParallelism, instructions ?? InstructionSets.Best);
        if (!InstructionSets.IsSupported(Instructions))
        {
            throw new NotSupportedException($"This processor has no {Instructions} instructions; use {InstructionSets.Best} or a slower set.");
        }

        _arenas = [.. Enumerable.Range(0, degreeOfParallelism).Select(_ => new Arena())];
    }

    /// <summary>Most threads at once.</summary>
    public int DegreeOfParallelism { get; }

    /// <summary>The instruction set in use.</summary>
    public InstructionSet Instructions { get; }

    /// <summary>Scratch memory that all tasks of a kernel share.</summary>
    public Arena Shared { get; } = new();

    /// <summary>Bytes of scratch memory held.</summary>
    public long Capacity => Shared.Capacity + _arenas.Sum(a => a.Capacity);

    /// <summary>Runs all tasks and returns when the last is done. The instruction set is chosen here and nowhere else.</summary>
    public void Run<TWork>(int tasks, TWork work)
        where TWork : struct, IWork
    {
        switch (Instructions)
        {
            case InstructionSet.Avx512:
                Run<TWork, Avx512Simd, Vector512<float>>(tasks, work);
                break;
            case InstructionSet.Avx2:
                Run<TWork, Avx2Simd, Vector256<float>>(tasks, work);
                break;
            default:
                Run<TWork, PortableSimd, Vector128<float>>(tasks, work);
                break;
        }
    }

    public void Dispose()
    {
        Shared.Dispose();
        foreach (Arena arena in _arenas)
        {
            arena.Dispose();
        }
    }

    private void Run<TWork, TSimd, TVector>(int tasks, TWork work)
        where TWork : struct, IWork
        where TSimd : struct, ISimd<TVector>
    {
        int workers = Math.Min(tasks, DegreeOfParallelism);
        if (workers > 1)
        {
            RunParallel<TWork, TSimd, TVector>(tasks, workers, work);
            return;
        }

        for (int task = 0; task < tasks; task++)
        {
            _arenas[0].Reset();
            work.Run<TSimd, TVector>(task, _arenas[0]);
        }
    }

    private void RunParallel<TWork, TSimd, TVector>(int tasks, int workers, TWork work)
        where TWork : struct, IWork
        where TSimd : struct, ISimd<TVector>
    {
        int next = -1;
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            for (int task = Interlocked.Increment(ref next); task < tasks; task = Interlocked.Increment(ref next))
            {
                _arenas[worker].Reset();
                work.Run<TSimd, TVector>(task, _arenas[worker]);
            }
        });
    }
}

/// <summary>
/// Work cut into tasks that may run in any order, on any thread. No two tasks write to the same place, so that results do not
/// depend on the number of threads.
/// </summary>
internal interface IWork
{
    /// <summary>Runs one task with one instruction set.</summary>
    /// <param name="task">Which task, from 0.</param>
    /// <param name="arena">Scratch memory for this task only.</param>
    void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>;
}
