namespace Microsoft.ML.Hydra.Scoring;

/// <summary>The last item rows of a history, as many as a prior reads, oldest first.</summary>
/// <param name="capacity">Most rows that are kept.</param>
internal sealed class RecentItems(int capacity)
{
    private readonly int[] _rows = new int[capacity];
    private int _count;

    /// <summary>Most rows that are kept.</summary>
    public int Capacity => _rows.Length;

    /// <summary>The rows, oldest first.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _count);

    /// <summary>Adds rows, oldest first; the oldest make room.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        rows = rows[Math.Max(0, rows.Length - _rows.Length)..];
        int kept = Math.Min(_count, _rows.Length - rows.Length);
        _rows.AsSpan(_count - kept, kept).CopyTo(_rows);
        rows.CopyTo(_rows.AsSpan(kept));
        _count = kept + rows.Length;
    }

    /// <summary>Becomes the same as others of this capacity.</summary>
    public void CopyFrom(RecentItems other)
    {
        other.Rows.CopyTo(_rows);
        _count = other._count;
    }
}
