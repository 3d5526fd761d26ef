namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Operands of a selective scan (<see cref="SelectiveScan"/>).</summary>
internal readonly ref struct ScanInputs
{
    /// <summary>x: rows of H · P.</summary>
    public required ReadOnlyRows X { get; init; }

    /// <summary>dt ≥ 0: rows of H.</summary>
    public required ReadOnlyRows StepSizes { get; init; }

    /// <summary>A ≤ 0, <c>[G, H]</c>.</summary>
    public required ReadOnlySpan<float> Rates { get; init; }

    /// <summary>B: rows of N.</summary>
    public required ReadOnlyRows B { get; init; }

    /// <summary>C: rows of N.</summary>
    public required ReadOnlyRows C { get; init; }

    /// <summary>D, <c>[G, H]</c>; empty for none.</summary>
    public ReadOnlySpan<float> Skip { get; init; }

    /// <summary>Steps of each of the B sequences, 0 to L; the rest of a sequence is padding. Empty: all L.</summary>
    public ReadOnlySpan<int> Lengths { get; init; }

    /// <summary>Throws where an operand does not fit the sizes.</summary>
    public void Check(in ScanShape shape)
    {
        shape.Check();
        X.Check(shape.Rows, shape.Heads * shape.Width, nameof(X));
        StepSizes.Check(shape.Rows, shape.Heads, nameof(StepSizes));
        B.Check(shape.Rows, shape.StateSize, nameof(B));
        C.Check(shape.Rows, shape.StateSize, nameof(C));
        new ReadOnlyRows(Rates, shape.Heads).Check(shape.Groups, shape.Heads, nameof(Rates));
        if (!Skip.IsEmpty)
        {
            new ReadOnlyRows(Skip, shape.Heads).Check(shape.Groups, shape.Heads, nameof(Skip));
        }

        SequenceLengths.Check(Lengths, shape.Batch, shape.Length);
    }
}
