using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra;

public sealed partial class HydraSequenceRecommendationTransformer
{
    /// <summary>A state for a user without events yet, to append to and to recommend from.</summary>
    /// <exception cref="InvalidOperationException">The model has several domains: name one.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public HydraUserState CreateState() => new(NewState(null));

    /// <summary>A state for a user without events yet, who is recommended items of one domain. Events of other domains may be appended too.</summary>
    /// <param name="domain">The domain, one of <see cref="HydraModelParameters.Domains"/>.</param>
    /// <exception cref="ArgumentException">The model does not have the domain.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public HydraUserState CreateState(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return new(NewState(domain));
    }

    /// <summary>Reads a state that <see cref="HydraUserState.Write"/> wrote with this model, and leaves the stream behind it.</summary>
    /// <param name="stream">Where it comes from; left open.</param>
    /// <exception cref="InvalidDataException">It is not the state of a user, is damaged or truncated, or belongs to another model.</exception>
    /// <exception cref="InvalidOperationException">The model has several domains: name one.</exception>
    /// <exception cref="ObjectDisposedException">This transformer was disposed.</exception>
    public HydraUserState ReadState(Stream stream) => ReadState(stream, (string?)null);

    /// <summary>Reads a state for a user who is recommended items of one domain.</summary>
    /// <param name="stream">Where it comes from; left open.</param>
    /// <param name="domain">
    /// The domain, one of <see cref="HydraModelParameters.Domains"/>. A state does not store it: where the domains share a sequence model, the state of a user can be
    /// read for each of them; where each has its own, only for the one it was made for.
    /// </param>
    /// <exception cref="ArgumentException">The model does not have the domain.</exception>
    /// <inheritdoc cref="ReadState(Stream)" path="/exception"/>
    public HydraUserState ReadState(Stream stream, string? domain)
    {
        ArgumentNullException.ThrowIfNull(stream);
        UserState state = NewState(domain);
        try
        {
            state.Restore(stream);
        }
        catch
        {
            state.Dispose();
            throw;
        }

        return new HydraUserState(state);
    }

    /// <summary>Reads a state that <see cref="HydraUserState.ToBytes"/> gave with this model.</summary>
    /// <param name="bytes">All its bytes and no others.</param>
    /// <inheritdoc cref="ReadState(Stream)" path="/exception"/>
    public HydraUserState ReadState(byte[] bytes) => ReadState(bytes, null);

    /// <summary>Reads a state for a user who is recommended items of one domain.</summary>
    /// <param name="bytes">All its bytes and no others.</param>
    /// <param name="domain">The domain, as <see cref="ReadState(Stream, string)"/> takes it.</param>
    /// <inheritdoc cref="ReadState(Stream, string)" path="/exception"/>
    public HydraUserState ReadState(byte[] bytes, string? domain)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        using var stream = new MemoryStream(bytes, writable: false);
        HydraUserState state = ReadState(stream, domain);
        if (stream.Position == stream.Length)
        {
            return state;
        }

        state.Dispose();
        throw new InvalidDataException($"The user's state ends after {stream.Position} of {stream.Length} bytes; give the bytes of one state only.");
    }

    private UserState NewState(string? domain)
    {
        ThrowIfDisposed();
        RecommendationPlan plan = Plan(_leases);
        int number = DomainRules.Find(Fitted.Domains, domain, isNeeded: plan.Domains is not null);
        return new UserState(Of(_leases, Math.Max(number, 0)).Model.Acquire(), plan.Domains?.Of(number) ?? plan);
    }
}
