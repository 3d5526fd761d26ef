namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Encodes histories for scoring, where only the vector after the last event is needed: in the last layer what follows the scan is
/// computed for last events only. Whole histories at once, or events after the state of a sequence. On the caller's thread; one
/// caller at a time. The result of a history is the same to the bit whatever is encoded with it.
/// </summary>
internal sealed unsafe class StateEncoder(ScoringWeights weights) : IDisposable
{
    /// <summary>Most events encoded at once; a longer history is cut into pieces of this length.</summary>
    public const int EventsAtOnce = 2048;

    // Fewer events are faster one by one.
    private const int LeastEventsAtOnce = 12;

    private readonly ModelSizes _sizes = weights.Sizes;
    private readonly ModelSizes _lastSizes = weights.Sizes with { Layers = 1 };
    private readonly Workspace _workspace = weights.NewWorkspace();
    private readonly EncoderActivations _all = new();
    private readonly EncoderActivations _last = new();
    private SequenceState? _state;   // of a history that is encoded in pieces
    private float[] _hidden = [];

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => _all.Capacity + _last.Capacity + _workspace.Capacity;

    /// <summary>Scores the catalogue, or one item of it, after histories, each from its first event.</summary>
    /// <param name="items">Item rows of all histories, one after another.</param>
    /// <param name="times">Features of the times of all of <paramref name="items"/>, <c>[events, K]</c>; empty for none.</param>
    /// <param name="offsets">
    /// History i is <c>items[offsets[i] .. offsets[i + 1])</c>; never empty. More than <see cref="EventsAtOnce"/> are one history.
    /// </param>
    /// <param name="item">Row of the one item to score, or 0 for the catalogue.</param>
    /// <param name="scores">Receives <c>[histories]</c>, or <c>[histories, items + 1]</c>, where column 0 is the padding row.</param>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, int item, Span<float> scores)
    {
        ReadOnlySpan<int> events = items[offsets[0]..offsets[^1]];
        times = Times(times, offsets[0], events.Length);
        if (events.Length > EventsAtOnce)
        {
            _state ??= new SequenceState(_sizes);
            _state.Clear();
            Append(_state, events, times);
            Encode(_state, Hidden(1));
        }
        else
        {
            TokenLayout tokens = Layout(offsets);
            Run(tokens, events, times, 0, null);
            Finish(tokens, Hidden(tokens.Sequences));
        }

        if (item == 0)
        {
            fixed (float* hidden = _hidden, target = scores)
            {
                weights.Items.Score(offsets.Length - 1, hidden, target, _workspace);
            }

            return;
        }

        for (int i = 0; i < offsets.Length - 1; i++)
        {
            weights.Items.Score(_hidden.AsSpan(i * _sizes.Width, _sizes.Width), [item], scores.Slice(i, 1));
        }
    }

    /// <summary>Scores some items; allocates nothing.</summary>
    /// <param name="hidden">The vector after the last event of a sequence, of <see cref="Encode"/>.</param>
    /// <param name="items">Rows of the items; 0 for none.</param>
    /// <param name="scores">Receives a score for each, NaN for row 0.</param>
    public void Score(ReadOnlySpan<float> hidden, ReadOnlySpan<int> items, Span<float> scores) => weights.Items.Score(hidden, items, scores);

    /// <summary>Finds the best items, best first; allocates nothing after the first calls.</summary>
    /// <param name="hidden">The vector after the last event of a sequence, of <see cref="Encode"/>.</param>
    /// <param name="candidates">Which items may be among them.</param>
    /// <param name="isCandidate">Refuses further items, or <see langword="null"/>.</param>
    /// <param name="rows">Receives their rows, as many as it is long.</param>
    /// <param name="scores">Receives their scores; as long.</param>
    /// <returns>How many there are.</returns>
    public int FindBest(ReadOnlySpan<float> hidden, CandidateMask candidates, Func<int, bool>? isCandidate, Span<int> rows, Span<float> scores) =>
        weights.Items.FindBest(hidden, candidates, isCandidate, rows, scores, _workspace);

    /// <summary>Cosines of the angles between the vector of one item and those of all.</summary>
    /// <param name="item">Row of the one item.</param>
    /// <param name="cosines">Receives <c>[items + 1]</c>.</param>
    public void Compare(int item, Span<float> cosines)
    {
        fixed (float* target = cosines)
        {
            weights.Items.Compare(item, target, _workspace);
        }
    }

    /// <summary>The vector after the last event of a sequence; allocates nothing.</summary>
    /// <param name="state">The sequence; not empty.</param>
    /// <param name="hidden">Receives <c>[d]</c>.</param>
    public void Encode(SequenceState state, Span<float> hidden)
    {
        fixed (float* vector = hidden)
        {
            _workspace.Run(1, new EventVector(weights, state, vector));
        }
    }

    /// <summary>Moves a sequence on by events, few of them one by one, more at once.</summary>
    /// <param name="state">The sequence.</param>
    /// <param name="items">Item rows of the events, oldest first.</param>
    /// <param name="times">Features of their times, <c>[events, K]</c>; empty for none.</param>
    public void Append(SequenceState state, ReadOnlySpan<int> items, ReadOnlySpan<float> times)
    {
        for (int start = 0; start < items.Length;)
        {
            ReadOnlySpan<int> piece = items.Slice(start, Math.Min(EventsAtOnce, items.Length - start));
            ReadOnlySpan<float> pieceTimes = Times(times, start, piece.Length);
            if (piece.Length < LeastEventsAtOnce)
            {
                OneByOne(state, piece, pieceTimes);
            }
            else
            {
                Run(new TokenLayout([piece.Length]), piece, pieceTimes, state.Events, state.State);
                LayerActivations last = _all.Layers[^1];
                Copy(last.Input, piece.Length - 1, state.Stream, 0, _sizes.Width);
                Copy(last.Heads, piece.Length - 1, state.Heads, 0, _sizes.LatentHeadsWidth);
                state.Count(piece.Length);
            }

            start += piece.Length;
        }
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _all.Dispose();
        _last.Dispose();
    }

    // The features of some events; empty where there are none.
    private ReadOnlySpan<float> Times(ReadOnlySpan<float> times, int first, int count) =>
        times.IsEmpty ? times : times.Slice(first * _sizes.TimeFeatures, count * _sizes.TimeFeatures);

    private void OneByOne(SequenceState state, ReadOnlySpan<int> items, ReadOnlySpan<float> times)
    {
        fixed (float* first = times)
        {
            for (int i = 0; i < items.Length; i++)
            {
                _workspace.Run(1, new EventStep(weights, items[i], first == null ? null : first + (i * _sizes.TimeFeatures), state));
                state.Count(1);
            }
        }
    }

    private Span<float> Hidden(int rows)
    {
        if (_hidden.Length < rows * _sizes.Width)
        {
            _hidden = new float[rows * _sizes.Width];
        }

        return _hidden.AsSpan(0, rows * _sizes.Width);
    }

    private static TokenLayout Layout(ReadOnlySpan<int> offsets)
    {
        var lengths = new int[offsets.Length - 1];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = offsets[i + 1] - offsets[i];
        }

        return new TokenLayout(lengths);
    }

    // All events up to the outputs of the last layer's heads
    private void Run(TokenLayout tokens, ReadOnlySpan<int> events, ReadOnlySpan<float> times, int firstPosition, float* states)
    {
        _all.Prepare(_sizes, tokens.Tokens, trains: false);
        if (_all.Rotations != null)
        {
            Rotate(tokens, firstPosition);
        }

        fixed (int* items = events)
        {
            _workspace.Run(tokens.Tiles, new EmbeddingForward(_sizes, weights.Weights, new ItemRows(weights.Weights.Items, items), tokens.Tokens, default, _all.Layers[0].Input));
        }

        fixed (float* features = times)
        {
            for (int i = 0; i < _sizes.Layers; i++)
            {
                bool isLast = i + 1 == _sizes.Layers;
                LayerPass layer = Pass(i, tokens, _all, _all.Layers[i], isLast ? null : _all.Layers[i + 1].Input, features, states);
                _workspace.Run(tokens.Tiles, new ProjectForward(layer));
                _workspace.Run(tokens.Sequences * _sizes.LatentHeads, new MixForward(layer));
                if (!isLast)
                {
                    _workspace.Run(tokens.Tiles, new FeedForwardForward(layer));
                }
            }
        }
    }

    // What is left for the last event of each sequence
    private void Finish(TokenLayout tokens, Span<float> hidden)
    {
        int count = tokens.Sequences;
        _last.Prepare(_lastSizes, count, trains: false);
        (LayerActivations from, LayerActivations to) = (_all.Layers[^1], _last.Layers[0]);
        for (int i = 0; i < count; i++)
        {
            nint row = tokens.Offset(i + 1) - 1;
            Copy(from.Input, row, to.Input, i, _sizes.Width);
            Copy(from.Heads, row, to.Heads, i, _sizes.LatentHeadsWidth);
            Copy(_all.Rotations, row, _last.Rotations, i, _sizes.LatentWidth);
        }

        var ones = new int[count];
        Array.Fill(ones, 1);
        var last = new TokenLayout(ones);
        LayerPass layer = Pass(_sizes.Layers - 1, last, _last, to, _last.Output, null, null);
        _workspace.Run(last.Tiles, new ProjectForward(layer));
        _workspace.Run(last.Tiles, new FeedForwardForward(layer));
        fixed (float* target = hidden)
        {
            _workspace.Run(last.Tiles, new FinalForward(_sizes, weights.Weights, count, _last.Output, target));
        }
    }

    private LayerPass Pass(int layer, TokenLayout tokens, EncoderActivations activations, LayerActivations kept, float* output, float* times, float* states) => new()
    {
        Sizes = _sizes,
        Weights = weights.Weights.Layers[layer],
        Packed = weights.Layers[layer],
        Tokens = tokens,
        Kept = kept,
        Shared = activations,
        Output = output,
        Times = times,
        Dropout = default,
        States = states,
        LastOnly = activations == _all && layer + 1 == _sizes.Layers,
        Index = layer,
        Gradients = [],
    };

    private void Rotate(TokenLayout tokens, int firstPosition)
    {
        var positions = new int[tokens.Tokens];
        for (int sequence = 0; sequence < tokens.Sequences; sequence++)
        {
            for (int token = tokens.Offset(sequence); token < tokens.Offset(sequence + 1); token++)
            {
                positions[token] = firstPosition + token - tokens.Offset(sequence);
            }
        }

        fixed (int* first = positions)
        {
            _workspace.Run(tokens.Tiles, new GateRotations(_sizes, first, tokens.Tokens, _all.Rotations));
        }
    }

    private static void Copy(float* from, nint row, float* to, nint target, int width)
    {
        if (from != null)
        {
            new ReadOnlySpan<float>(from + (row * width), width).CopyTo(new(to + (target * width), width));
        }
    }
}
