using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Our RMSNorm on several threads. Results do not depend on the number of threads.</summary>
internal static unsafe class ThreadedNorm
{
    private const int RowsPerTask = 128;

    /// <summary>Computes y.</summary>
    public static void Forward(NormOperands operands, RowPointer y, Workspace workspace) =>
        workspace.Run(Tasks(operands), new ForwardRows(operands, y));

    /// <summary>Overwrites the gradients of x, of the gate where there is one, and of w.</summary>
    public static void Backward(NormOperands operands, NormGradients gradients, float* weightGradient, Workspace workspace)
    {
        workspace.Shared.Reset();
        int tasks = Tasks(operands), width = operands.Width;
        float* sums = workspace.Shared.Floats((long)tasks * width);
        workspace.Run(tasks, new BackwardRows(operands, gradients, sums));
        for (int i = 0; i < width; i++)
        {
            double total = 0;
            for (int task = 0; task < tasks; task++)
            {
                total += sums[(task * (long)width) + i];
            }

            weightGradient[i] = (float)total;
        }
    }

    private static int Tasks(in NormOperands operands) => (operands.Rows + RowsPerTask - 1) / RowsPerTask;

    private static NormOperands Part(in NormOperands all, int first) => new(
        Math.Min(RowsPerTask, all.Rows - first), all.Width, all.X.From(first), all.Gate.Start == null ? default : all.Gate.From(first), all.Weight);

    private readonly struct ForwardRows(NormOperands operands, RowPointer y) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => RmsNorm<TSimd, TVector>.Forward(Part(operands, task * RowsPerTask), y.From(task * RowsPerTask), arena);
    }

    private readonly struct BackwardRows(NormOperands operands, NormGradients gradients, float* sums) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int first = task * RowsPerTask;
            var part = new NormGradients(gradients.Y.From(first), gradients.X.From(first), gradients.Gate.From(first));
            RmsNorm<TSimd, TVector>.Backward(Part(operands, first), part, sums + (task * (long)operands.Width), arena);
        }
    }
}
