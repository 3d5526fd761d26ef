namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Where the gradients of a selective scan go, laid out as in <see cref="ScanInputs"/>. All are overwritten; padding gets 0.</summary>
internal readonly ref struct ScanGradients
{
    public required Rows X { get; init; }

    public required Rows StepSizes { get; init; }

    public required Span<float> Rates { get; init; }

    public required Rows B { get; init; }

    public required Rows C { get; init; }

    /// <summary>Needed when there is a D.</summary>
    public Span<float> Skip { get; init; }

    /// <summary>Throws where a gradient does not fit the sizes.</summary>
    public void Check(in ScanShape shape, bool hasSkip)
    {
        X.Check(shape.Rows, shape.Heads * shape.Width, nameof(X));
        StepSizes.Check(shape.Rows, shape.Heads, nameof(StepSizes));
        B.Check(shape.Rows, shape.StateSize, nameof(B));
        C.Check(shape.Rows, shape.StateSize, nameof(C));
        new Rows(Rates, shape.Heads).Check(shape.Groups, shape.Heads, nameof(Rates));
        if (hasSkip)
        {
            new Rows(Skip, shape.Heads).Check(shape.Groups, shape.Heads, nameof(Skip));
        }
    }
}
