using System.Collections.Concurrent;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>Scratch memory kept between calls. A workspace serves one call at a time; several threads may call at once.</summary>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal sealed class WorkspacePool(int degreeOfParallelism)
{
    private readonly ConcurrentBag<Workspace> _idle = [];

    /// <summary>Runs a call with a workspace of its own.</summary>
    public T Use<T>(Func<Workspace, T> call)
    {
        if (!_idle.TryTake(out Workspace? workspace))
        {
            workspace = new Workspace(degreeOfParallelism);
        }

        T result = call(workspace);
        _idle.Add(workspace);
        return result;
    }
}
