using Microsoft.ML.Hydra.Numerics;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>A batch of tokens as torch operations want it: sequences side by side, padded on the right with item 0.</summary>
internal sealed class PaddedTokens
{
    /// <param name="tokens">The batch.</param>
    /// <param name="timeFeatures">K: features of an event's time that the model reads.</param>
    /// <param name="weights">Weights of the model: where it lies, and of what type it is.</param>
    public PaddedTokens(TokenBatch tokens, int timeFeatures, Tensor weights)
    {
        Device device = weights.device;
        TokenLayout layout = tokens.Layout;
        int length = layout.LongestSequence;
        var items = new long[layout.Sequences * length];
        var positions = new long[items.Length];
        var places = new long[layout.Tokens];
        float[]? times = tokens.Times is null || timeFeatures == 0 ? null : new float[items.Length * timeFeatures];
        TokenOf = new int[items.Length];
        for (int sequence = 0; sequence < layout.Sequences; sequence++)
        {
            int first = layout.Offset(sequence);
            for (int token = first; token < layout.Offset(sequence + 1); token++)
            {
                int place = (sequence * length) + token - first;
                tokens.Times?.AsSpan(token * timeFeatures, timeFeatures).CopyTo(times.AsSpan(place * timeFeatures));
                (items[place], positions[place], places[token], TokenOf[place]) = (tokens.Items[token], tokens.Positions[token], place, token);
            }
        }

        Items = tensor(items, device: device).view(layout.Sequences, length);
        Positions = tensor(positions, device: device).view(layout.Sequences, length);
        Places = tensor(places, device: device);
        Times = times is null ? null : tensor(times, device: device).view(layout.Sequences, length, timeFeatures).to(weights.dtype);
    }

    /// <summary>Item rows, <c>[B, L]</c>.</summary>
    public Tensor Items { get; }

    /// <summary>Positions, <c>[B, L]</c>.</summary>
    public Tensor Positions { get; }

    /// <summary>Features of the events' times, <c>[B, L, K]</c>; null for none.</summary>
    public Tensor? Times { get; }

    /// <summary>Where in <c>[B · L]</c> each of the T tokens lies.</summary>
    public Tensor Places { get; }

    /// <summary>The token at each of the B · L places; any where there is none.</summary>
    public int[] TokenOf { get; }
}
