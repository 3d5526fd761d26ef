using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>
/// The selective scan of Mamba-2 (arXiv 2405.21060) for G groups at once, from a zero state:
/// <code>
/// S_t = exp(dt_t A) S_{t-1} + dt_t x_t B_t^T        y_t = S_t C_t
/// </code>
/// The skip term <c>D x_t</c> is not part of it.
/// </summary>
/// <param name="x">Inputs, <c>[G, B, L, H, P]</c>.</param>
/// <param name="dt">Step sizes ≥ 0, <c>[G, B, L, H]</c>.</param>
/// <param name="a">Decay rates ≤ 0, <c>[G, H]</c>.</param>
/// <param name="b">Input projections shared by the H heads of a group, <c>[G, B, L, N]</c>.</param>
/// <param name="c">Output projections shared by the H heads of a group, <c>[G, B, L, N]</c>.</param>
/// <returns>Outputs, <c>[G, B, L, H, P]</c>.</returns>
internal delegate Tensor StateSpaceScan(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c);

/// <summary>Chooses the scan in torch operations for a device. The model does not know which one it has.</summary>
internal static class ScanKernel
{
    // Measured optimum on one CPU core. Matrix units of a GPU need larger products.
    private const int CpuChunk = 32;
    private const int GpuChunk = 128;

    /// <summary>The fastest for the device.</summary>
    public static StateSpaceScan For(Device device) => Chunked(device.type == DeviceType.CPU ? CpuChunk : GpuChunk);

    /// <summary>The chunked scan with a given chunk length.</summary>
    public static StateSpaceScan Chunked(int chunk) => (x, dt, a, b, c) => ChunkedScan.Run(x, dt, a, b, c, chunk);
}

/// <summary>
/// The scan in chunks (state space duality, arXiv 2405.21060 section 6): masked matrix products inside a chunk, a short
/// recurrence over the states between chunks. Every decay is the exponential of a difference of one running sum and never
/// above 1, so it cannot overflow. Memory is linear in the length. In the shapes below K is G · B, C the number of chunks of a
/// sequence and Q the length of a chunk.
/// </summary>
internal static class ChunkedScan
{
    /// <summary>Runs the scan with <paramref name="chunk"/> positions in a chunk.</summary>
    /// <inheritdoc cref="StateSpaceScan"/>
    public static Tensor Run(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, int chunk)
    {
        (long groups, long batch, long length, long heads, long width) =
            (x.shape[0], x.shape[1], x.shape[2], x.shape[3], x.shape[4]);
        long stateSize = b.shape[3];
        long q = Math.Min(chunk, length);
        long chunks = (length + q - 1) / q;
        long sequences = groups * batch;          // K
        long blocks = sequences * chunks;         // K·C

        Tensor logDecay = dt * a.view(groups, 1, 1, heads);
        Tensor xdt = x * dt.unsqueeze(-1);
        long padding = chunks * q - length;
        if (padding > 0)
        {
            // A padded position has no input and no decay: it leaves the state as it is.
            xdt = nn.functional.pad(xdt, [0, 0, 0, 0, 0, padding]);
            logDecay = nn.functional.pad(logDecay, [0, 0, 0, padding]);
            b = nn.functional.pad(b, [0, 0, 0, padding]);
            c = nn.functional.pad(c, [0, 0, 0, padding]);
        }

        Tensor xb = xdt.reshape(blocks, q, heads * width);                                     // [KC, Q, HP]
        Tensor bb = b.reshape(blocks, q, stateSize);                                           // [KC, Q, N]
        Tensor cb = c.reshape(blocks, q, stateSize);                                           // [KC, Q, N]
        Tensor running = logDecay.reshape(blocks, q, heads).transpose(1, 2).contiguous().cumsum(-1);    // [KC, H, Q]

        Tensor y = WithinChunks(xb, bb, cb, running, heads, width);                            // [KC, Q, HP]
        if (chunks > 1)
        {
            y = y + BetweenChunks(xb, bb, cb, running, sequences, chunks, heads, width);
        }

        y = y.view(groups, batch, chunks * q, heads, width);
        return padding > 0 ? y.narrow(2, 0, length) : y;
    }

    // y_i = Σ_{j ≤ i} exp(l_i − l_j) (C_i · B_j) dt_j x_j, all inside one chunk
    private static Tensor WithinChunks(Tensor xb, Tensor bb, Tensor cb, Tensor running, long heads, long width)
    {
        (long blocks, long q) = (xb.shape[0], xb.shape[1]);
        Tensor future = ones([q, q], ScalarType.Bool, xb.device).triu(1);
        Tensor decay = (running.unsqueeze(-1) - running.unsqueeze(-2)).masked_fill(future, double.NegativeInfinity).exp();   // [KC, H, Q, Q]
        Tensor weights = cb.bmm(bb.transpose(1, 2)).unsqueeze(1) * decay;                      // [KC, H, Q, Q]
        if (heads == 1)
        {
            return weights.squeeze(1).bmm(xb);
        }

        Tensor perHead = xb.view(blocks, q, heads, width).transpose(1, 2).reshape(blocks * heads, q, width);
        return weights.view(blocks * heads, q, q).bmm(perHead)
            .view(blocks, heads, q, width).transpose(1, 2).reshape(blocks, q, heads * width);
    }

    // y_i = exp(l_i) S_in C_i, where S_in is the state at the chunk's start
    private static Tensor BetweenChunks(
        Tensor xb, Tensor bb, Tensor cb, Tensor running, long sequences, long chunks, long heads, long width)
    {
        (long blocks, long q, long stateSize) = (xb.shape[0], xb.shape[1], bb.shape[2]);
        Tensor total = running.narrow(2, q - 1, 1);                                            // [KC, H, 1]
        Tensor toEnd = (total - running).exp().transpose(1, 2).unsqueeze(-1);                  // [KC, Q, H, 1]
        Tensor decayed = (xb.view(blocks, q, heads, width) * toEnd).view(blocks, q, heads * width);
        Tensor added = decayed.transpose(1, 2).bmm(bb)
            .view(sequences, chunks, heads, width * stateSize);                                // [K, C, H, PN]
        Tensor kept = total.exp().view(sequences, chunks, heads, 1);                           // [K, C, H, 1]

        // The last chunk's own state is never read.
        var starts = new Tensor[chunks];
        starts[0] = zeros([sequences, heads, width * stateSize], xb.dtype, xb.device);
        for (long i = 1; i < chunks; i++)
        {
            starts[i] = starts[i - 1] * kept.select(1, i - 1) + added.select(1, i - 1);
        }

        Tensor states = stack(starts, 1).view(blocks, heads * width, stateSize);               // [KC, HP, N]
        Tensor fromStart = running.exp().transpose(1, 2).unsqueeze(-1);                        // [KC, Q, H, 1]
        return (cb.bmm(states.transpose(1, 2)).view(blocks, q, heads, width) * fromStart).view(blocks, q, heads * width);
    }
}

/// <summary>Causal depthwise convolution with its own taps for each channel of each group.</summary>
internal static class CausalConvolution
{
    /// <summary><c>y_t = bias + Σ_j w_j x_{t − k + 1 + j}</c>, with zeros before the first position.</summary>
    /// <param name="x">Inputs, <c>[G, B, L, C]</c>.</param>
    /// <param name="weight">Taps, oldest first, <c>[G, k, C]</c>.</param>
    /// <param name="bias">Bias, <c>[G, C]</c>.</param>
    /// <returns><c>[G, B, L, C]</c>.</returns>
    public static Tensor Run(Tensor x, Tensor weight, Tensor bias)
    {
        (long groups, long length, long channels, long taps) = (x.shape[0], x.shape[2], x.shape[3], weight.shape[1]);
        Tensor padded = taps > 1 ? nn.functional.pad(x, [0, 0, taps - 1, 0]) : x;
        Tensor y = bias.view(groups, 1, 1, channels);
        for (long j = 0; j < taps; j++)
        {
            y = torch.addcmul(y, padded.narrow(2, j, length), weight.select(1, j).view(groups, 1, 1, channels), 1);
        }

        return y;
    }
}
