namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Collects the epochs that a fit reports, on its own thread, and may act on one of them.</summary>
internal sealed class EpochList(int actAt = 0, Action? act = null) : IProgress<EpochMetrics>
{
    private readonly List<EpochMetrics> _epochs = [];

    /// <summary>The epochs so far.</summary>
    public IReadOnlyList<EpochMetrics> Epochs => _epochs;

    public void Report(EpochMetrics value)
    {
        _epochs.Add(value);
        if (value.Epoch == actAt)
        {
            act?.Invoke();
        }
    }
}
