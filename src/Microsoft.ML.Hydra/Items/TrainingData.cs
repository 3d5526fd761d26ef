namespace Microsoft.ML.Hydra.Items;

/// <summary>What is trained on and what is held out of one data set.</summary>
internal sealed class TrainingData
{
    // A shorter sequence would have nothing left to train on.
    private const int ShortestValidated = 3;

    private TrainingData(SequenceDataset sequences, int[] trainLengths, int[] validationSequences) =>
        (Sequences, TrainLengths, ValidationSequences) = (sequences, trainLengths, validationSequences);

    /// <summary>All sequences.</summary>
    public SequenceDataset Sequences { get; }

    /// <summary>How many events of each sequence are trained on.</summary>
    public int[] TrainLengths { get; }

    /// <summary>Sequences whose last event is held out.</summary>
    public int[] ValidationSequences { get; }

    /// <summary>Holds out the last event of each sequence of three or more, or of a sample of them.</summary>
    /// <param name="sequences">The data.</param>
    /// <param name="validation">What to hold out.</param>
    /// <param name="maximumSequences">Most sequences to validate on; 0 for all.</param>
    /// <param name="sample">Chooses among them.</param>
    public static TrainingData Split(SequenceDataset sequences, SequenceValidation validation, int maximumSequences, Random sample)
    {
        var lengths = new int[sequences.Count];
        var eligible = new List<int>();
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = sequences[i].Length;
            if (validation == SequenceValidation.LeaveLastOut && lengths[i] >= ShortestValidated)
            {
                eligible.Add(i);
            }
        }

        int[] chosen = [.. eligible];
        if (maximumSequences > 0 && chosen.Length > maximumSequences)
        {
            sample.Shuffle(chosen);
            chosen = chosen[..maximumSequences];
            Array.Sort(chosen);
        }

        foreach (int sequence in chosen)
        {
            lengths[sequence]--;
        }

        return new TrainingData(sequences, lengths, chosen);
    }

    /// <summary>
    /// Held-out items that are in the history before them, as a share; NaN when nothing is held out. Events of the same item right before
    /// the held-out one do not count: they are often copies of it.
    /// </summary>
    public double ShareOfRepeats() => ShareOf((history, label) => history[..(history.LastIndexOfAnyExcept(label) + 1)].Contains(label));

    /// <summary>Held-out items that are the same as the item right before them, as a share; NaN when nothing is held out.</summary>
    public double ShareOfImmediateRepeats() => ShareOf((history, label) => history[^1] == label);

    private double ShareOf(Func<ReadOnlySpan<int>, int, bool> isCounted)
    {
        int counted = ValidationSequences.Count(sequence => isCounted(History(sequence), Label(sequence)));
        return (double)counted / ValidationSequences.Length;
    }

    /// <summary>The events that are trained on.</summary>
    public SequenceDataset TrainEvents() => Sequences.Take(TrainLengths);

    /// <summary>The events of a sequence that are trained on.</summary>
    public ReadOnlySpan<int> History(int sequence) => Sequences[sequence][..TrainLengths[sequence]];

    /// <summary>Features of the times of those events; empty where none are read.</summary>
    public ReadOnlySpan<float> Times(int sequence) =>
        Sequences.HasTimes ? Sequences.Times(sequence)[..(TrainLengths[sequence] * EventClock.Features)] : default;

    /// <summary>The held-out item of a sequence in <see cref="ValidationSequences"/>.</summary>
    public int Label(int sequence) => Sequences[sequence][TrainLengths[sequence]];
}
