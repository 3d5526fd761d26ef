using System.Runtime.InteropServices;

namespace Microsoft.ML.Hydra.Cli;

/// <summary>
/// Turns the first Ctrl-C, or the first request to end (SIGTERM), into cancellation; the second one ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int SignalBase = 128;
    private const int NumberOfInterrupt = 2;
    private const int NumberOfTerminate = 15;

    private readonly CancellationTokenSource _source = new();
    private readonly TextWriter _error;
    private readonly PosixSignalRegistration[] _registrations;
    private int _number;

    /// <param name="error">Receives one line at the first signal.</param>
    public Interruption(TextWriter error)
    {
        _error = error;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The exit code for the result of a command: a cancelled one returns 128 and the number of the signal, as shells expect.</summary>
    public int ExitCode(int result) => result == ExitCodes.Cancelled && _number != 0 ? SignalBase + _number : result;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        int number = context.Signal == PosixSignal.SIGTERM ? NumberOfTerminate : NumberOfInterrupt;
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _number, number, 0) != 0)
        {
            _error.WriteLine("Stopped at once.");
            _error.Flush();
            End(SignalBase + number);
        }

        _error.WriteLine("Stopping; once more (Ctrl-C) stops at once.");
        _source.Cancel();
    }

    // Environment.Exit runs the destructors of native libraries while threads of the training still compute with them, which can crash the process.
    private static void End(int exitCode)
    {
        if (!OperatingSystem.IsWindows())
        {
            EndWithoutDestructors(exitCode);
        }

        Environment.Exit(exitCode);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void EndWithoutDestructors(int exitCode);
}
