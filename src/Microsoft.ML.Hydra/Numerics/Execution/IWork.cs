namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Work cut into tasks that may run in any order, on any thread. A task writes only what is its own, so that results do not
/// depend on how many threads there are.
/// </summary>
internal interface IWork
{
    /// <summary>Runs one task with the vectors of one instruction set.</summary>
    /// <param name="task">Which task, from 0.</param>
    /// <param name="arena">Scratch memory for this task only.</param>
    void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}
