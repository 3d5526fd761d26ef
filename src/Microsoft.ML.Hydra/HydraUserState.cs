using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra;

/// <summary>
/// What a model knows about one user, kept between events: an event is appended and the next items are recommended in microseconds,
/// however long the history is.
/// </summary>
/// <remarks>
/// <para>Made by <see cref="HydraSequenceRecommendationTransformer.CreateState()"/> or
/// <see cref="HydraSequenceRecommendationTransformer.ReadState(Stream)"/>. It recommends as that transformer does:
/// <see cref="RecommendationOptions.ExcludeSeenItems"/>, <see cref="RecommendationOptions.AllowedItems"/> and
/// <see cref="RecommendationOptions.DeniedItems"/> apply, and without a known item it recommends the most popular items.</para>
/// <para>Items are passed and returned in the type of the items column: <see cref="string"/>, the integer type, or for keys the type of
/// their values (their number where they have none). Another type is an <see cref="ArgumentException"/>.</para>
/// <para>One state serves one caller at a time; any number of states may be in use at once. A state keeps the model alive, even after the
/// transformer was disposed; dispose the state, or let it be collected.</para>
/// <para>Its size, in memory and about the same when stored, is: for each layer and latent head of inner width D, state size N and k taps
/// <c>D N + (k − 1)(D + 2 N)</c> numbers of four bytes; for each distinct item of the history four bytes in memory and mostly one when stored. A
/// stored state belongs to its model: a model with other weights does not read it. A model that only has more items reads it, as long as the items that it was
/// made with are the same.</para>
/// </remarks>
public sealed class HydraUserState : IDisposable
{
    private readonly UserState _state;

    internal HydraUserState(UserState state) => _state = state;

    /// <summary>Number of events appended; items that the model does not know are not counted.</summary>
    public int NumberOfEvents => _state.NumberOfEvents;

    /// <summary>Number of items that were skipped because they were missing (empty text, 0) or not known to the model.</summary>
    public long NumberOfSkippedItems => _state.NumberOfSkippedItems;

    /// <summary>Appends the event that came next.</summary>
    /// <typeparam name="TItem">Type of the items.</typeparam>
    /// <param name="item">Its item.</param>
    /// <returns>Whether the model knows the item; an unknown item is counted and skipped.</returns>
    /// <exception cref="ArgumentException">The items are of another type.</exception>
    /// <exception cref="ObjectDisposedException">The state was disposed.</exception>
    public bool Append<TItem>(TItem item) => Append(item, EventClock.Missing);

    /// <summary>Appends the event that came next with its time, for a model that reads times; other models ignore the time.</summary>
    /// <typeparam name="TItem">Type of the items.</typeparam>
    /// <param name="item">Its item.</param>
    /// <param name="time">Its time in the unit of the training data; NaN where it is not known, which is the same as an event without a time.</param>
    /// <returns>Whether the model knows the item; an unknown item is counted and skipped with its time.</returns>
    /// <exception cref="ArgumentException">The items are of another type, or the model reads times and the time is infinite.</exception>
    /// <exception cref="ObjectDisposedException">The state was disposed.</exception>
    public bool Append<TItem>(TItem item, double time) => _state.Append(_state.Vocabulary.Ids<TItem>().FindRow(item), time);

    /// <param name="item">Its item.</param>
    /// <param name="time">Its time, read as Unix seconds in the time zone of the training data.</param>
    /// <inheritdoc cref="Append{TItem}(TItem, double)"/>
    public bool Append<TItem>(TItem item, DateTime time) => Append(item, TimeScales.Calendar.SecondsOf(time));

    /// <summary>Appends successive events; many events are encoded together.</summary>
    /// <typeparam name="TItem">Type of the items.</typeparam>
    /// <param name="items">Their items, oldest first.</param>
    /// <returns>How many of the items the model knows; the others are counted and skipped.</returns>
    /// <inheritdoc cref="Append{TItem}(TItem)" path="/exception"/>
    public int Append<TItem>(ReadOnlySpan<TItem> items) => _state.Append(_state.Vocabulary.Ids<TItem>(), items, default);

    /// <summary>Appends successive events with their times, for a model that reads times; other models ignore the times.</summary>
    /// <typeparam name="TItem">Type of the items.</typeparam>
    /// <param name="items">Their items, oldest first.</param>
    /// <param name="times">A time for each, in the unit of the training data (a DateTime in Unix seconds); NaN where a time is not known.</param>
    /// <returns>How many of the items the model knows; the others are counted and skipped with their times.</returns>
    /// <exception cref="ArgumentException">The items are of another type, there is not one time for each, or the model reads times and one is infinite.</exception>
    /// <exception cref="ObjectDisposedException">The state was disposed.</exception>
    public int Append<TItem>(ReadOnlySpan<TItem> items, ReadOnlySpan<double> times) => items.Length == times.Length
        ? _state.Append(_state.Vocabulary.Ids<TItem>(), items, times)
        : throw new ArgumentException($"There are {items.Length} items but {times.Length} times; give a time for each item, NaN where there is none.", nameof(times));

    /// <inheritdoc cref="Append{TItem}(ReadOnlySpan{TItem})"/>
    public int Append<TItem>(TItem[] items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Append(items.AsSpan());
    }

    /// <summary>Recommends the next items, without allocating memory after the first calls.</summary>
    /// <typeparam name="TItem">Type of the items.</typeparam>
    /// <param name="target">Receives the best items, best first, as many as it is long.</param>
    /// <param name="filter">Whether an item may be recommended; called for the best items first, and for more where it accepts few. <see langword="null"/> accepts all.</param>
    /// <returns>The number of items; fewer than the target is long when fewer may be recommended.</returns>
    /// <inheritdoc cref="Append{TItem}(TItem)" path="/exception"/>
    public int Recommend<TItem>(Span<RecommendedItem<TItem>> target, Func<TItem, bool>? filter = null) =>
        _state.Recommend(_state.Vocabulary.Ids<TItem>(), filter, target);

    /// <summary>Recommends the next items.</summary>
    /// <typeparam name="TItem">Type of the items.</typeparam>
    /// <param name="numberOfRecommendations">How many items; at least 1.</param>
    /// <param name="filter">Whether an item may be recommended; called for the best items first, and for more where it accepts few. <see langword="null"/> accepts all.</param>
    /// <returns>The best items, best first; fewer than requested when fewer may be recommended.</returns>
    /// <inheritdoc cref="Append{TItem}(TItem)" path="/exception"/>
    public RecommendedItem<TItem>[] Recommend<TItem>(int numberOfRecommendations, Func<TItem, bool>? filter = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfRecommendations, 1);
        var target = new RecommendedItem<TItem>[Math.Min(numberOfRecommendations, _state.Vocabulary.Count)];
        return target[..Recommend(target.AsSpan(), filter)];
    }

    /// <summary>Scores items as the next one, whether they may be recommended or not.</summary>
    /// <typeparam name="TItem">Type of the items.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="scores">Receives a score for each; NaN for an item that the model does not know. At least as long as <paramref name="items"/>.</param>
    /// <inheritdoc cref="Append{TItem}(TItem)" path="/exception"/>
    public void Score<TItem>(ReadOnlySpan<TItem> items, Span<float> scores)
    {
        if (scores.Length < items.Length)
        {
            throw new ArgumentException($"There is room for {scores.Length} scores, but there are {items.Length} items; give a span at least as long.", nameof(scores));
        }

        _state.Score(_state.Vocabulary.Ids<TItem>(), items, scores);
    }

    /// <summary>An independent copy of the state, which must be disposed too.</summary>
    /// <exception cref="ObjectDisposedException">The state was disposed.</exception>
    public HydraUserState Clone() => new(_state.Clone());

    /// <summary>Writes the state; <see cref="HydraSequenceRecommendationTransformer.ReadState(Stream)"/> of the same model reads it.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <exception cref="ObjectDisposedException">The state was disposed.</exception>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(_state.ToBytes());
    }

    /// <summary>The bytes that <see cref="Write"/> writes.</summary>
    /// <exception cref="ObjectDisposedException">The state was disposed.</exception>
    public byte[] ToBytes() => _state.ToBytes();

    /// <summary>Releases the model. May be called more than once; the state cannot be used afterwards.</summary>
    public void Dispose() => _state.Dispose();
}
