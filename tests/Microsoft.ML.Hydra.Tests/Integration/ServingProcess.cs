using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>The serving sample in a process of its own, fed through its standard input: it works on what was delivered and then waits.</summary>
internal sealed class ServingProcess(string modelPath, string databasePath) : IDisposable
{
    private readonly Process _process = SecondProcess.Start(SecondProcess.ServingSample, "serve", modelPath, databasePath);

    /// <summary>Whether it has ended by itself or by <see cref="Kill"/>.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Delivers a click.</summary>
    /// <param name="click">Its line.</param>
    public void Deliver(string click) => _process.StandardInput.WriteLine(click);

    /// <summary>Waits for the next line that it prints.</summary>
    public async Task<string> ReadLine()
    {
        string? line = await _process.StandardOutput.ReadLineAsync().WaitAsync(SecondProcess.Limit);
        Assert.True(line is not null, $"The sample ended: {(line is null ? await _process.StandardError.ReadToEndAsync() : "")}");
        return line!;
    }

    /// <summary>Takes the process away where it stands.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Delivers no more and waits for the end.</summary>
    /// <returns>How it ended, and the lines that it wrote as errors.</returns>
    public async Task<(int ExitCode, string[] Errors)> End()
    {
        _process.StandardInput.Close();
        string errors = await _process.StandardError.ReadToEndAsync().WaitAsync(SecondProcess.Limit);
        await _process.WaitForExitAsync().WaitAsync(SecondProcess.Limit);
        return (_process.ExitCode, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
