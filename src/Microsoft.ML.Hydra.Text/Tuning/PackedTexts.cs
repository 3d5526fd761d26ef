using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>Texts of one length that stand side by side in a packed batch.</summary>
/// <param name="Count">Texts, n.</param>
/// <param name="Length">Tokens of each, t; their rows in the batch are n · t.</param>
internal readonly record struct LengthGroup(int Count, int Length);

/// <summary>
/// The tokens of some texts one after the other, shorter texts first, without padding: linear layers see [T, d], and attention works on one group of
/// equal lengths after the other.
/// </summary>
internal sealed class PackedTexts : IDisposable
{
    /// <summary>Stands for the trained vector of the item in the tokens of a text.</summary>
    public const int ItemToken = -1;

    /// <param name="items">The texts to pack, as places in <paramref name="tokens"/>.</param>
    /// <param name="tokens">The tokens of each text.</param>
    /// <param name="multiple">
    /// Texts of no item are added at the end until the number of tokens is a multiple of this one: products then have few different sizes, for each of which
    /// torch keeps a compiled kernel, and freed memory fits what is asked for next.
    /// </param>
    public PackedTexts(ReadOnlySpan<int> items, IReadOnlyList<int[]?> tokens, int multiple = 1)
    {
        int[] order = items.ToArray();
        int[] lengths = Array.ConvertAll(order, item => tokens[item]!.Length);
        var places = new int[order.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = i;
        }

        // By length, and by place among equal lengths: the same batch is always packed in the same way.
        Array.Sort(places, (a, b) => lengths[a] != lengths[b] ? lengths[a].CompareTo(lengths[b]) : a.CompareTo(b));
        Items = Array.ConvertAll(places, place => order[place]);
        List<LengthGroup> groups = [.. Items.GroupBy(item => tokens[item]!.Length).Select(group => new LengthGroup(group.Count(), group.Key))];
        int used = Items.Sum(item => tokens[item]!.Length), longest = tokens[Items[^1]]!.Length;
        NumberOfTokens = (used + multiple - 1) / multiple * multiple;
        Ids = new long[NumberOfTokens];
        Positions = new long[NumberOfTokens];
        FirstTokens = new long[Items.Length];
        int next = 0;
        for (int text = 0; text < Items.Length; text++)
        {
            int[] ids = tokens[Items[text]]!;
            FirstTokens[text] = next;
            for (int i = 0; i < ids.Length; i++)
            {
                (Ids[next], Positions[next++]) = (ids[i], i);
            }
        }

        while (next < NumberOfTokens)
        {
            int length = Math.Min(longest, NumberOfTokens - next);
            groups.Add(new LengthGroup(1, length));
            for (int i = 0; i < length; i++)
            {
                Positions[next++] = i;   // of token 0
            }
        }

        Groups = groups;
        LastTokens = [.. FirstTokens.Skip(1).Append(used).Select(end => end - 1)];
        Sizes = [.. Groups.Select(group => (long)group.Count * group.Length)];
    }

    /// <summary>The texts of items in the order of the batch, M.</summary>
    public int[] Items { get; }

    /// <summary>The groups in the order of the batch.</summary>
    public IReadOnlyList<LengthGroup> Groups { get; }

    /// <summary>Rows of each group.</summary>
    public long[] Sizes { get; }

    /// <summary>T.</summary>
    public int NumberOfTokens { get; }

    /// <summary>The id of each token; <see cref="ItemToken"/> for the trained vector.</summary>
    public long[] Ids { get; }

    /// <summary>The place of each token in its text, from 0.</summary>
    public long[] Positions { get; }

    /// <summary>The row of the first token of each text.</summary>
    public long[] FirstTokens { get; }

    /// <summary>The row of the last token of each text.</summary>
    public long[] LastTokens { get; }

    /// <summary>Rotary positions of each group, made once a batch: cosines and sines, [t, head width] each.</summary>
    public Dictionary<int, (Tensor Cosines, Tensor Sines)> Rotations { get; } = [];

    public void Dispose()
    {
        foreach ((Tensor cosines, Tensor sines) in Rotations.Values)
        {
            cosines.Dispose();
            sines.Dispose();
        }
    }
}
