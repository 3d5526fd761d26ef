using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary><c>kernels …</c>: the benchmarks of single kernels; what follows are BenchmarkDotNet's own options.</summary>
internal sealed class KernelsCommand : System.CommandLine.Command
{
    private const int WarmUps = 3;
    private const int Iterations = 15;

    public KernelsCommand()
        : base("kernels", "Run BenchmarkDotNet on single kernels: --filter PATTERN, --list flat and its other options follow.")
    {
        TreatUnmatchedTokensAsErrors = false;
        SetAction(parsed => Run([.. parsed.UnmatchedTokens]));
    }

    // In this process: the house's build settings are not for the project that BenchmarkDotNet would generate.
    private static int Run(string[] options)
    {
        IConfig config = DefaultConfig.Instance.AddJob(
            Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(WarmUps).WithIterationCount(Iterations));
        bool failed = BenchmarkSwitcher.FromAssembly(typeof(KernelsCommand).Assembly).Run(options, config)
            .Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
        return failed ? 1 : 0;
    }
}
