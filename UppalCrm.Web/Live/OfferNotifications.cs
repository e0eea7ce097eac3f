using System.Collections.Immutable;

namespace UppalCrm.Web.Live;

/// <summary>A call that waits for an agent, or has just stopped waiting.</summary>
/// <param name="DeclinedBy">Agents who do not want it.</param>
/// <param name="LastNote">What was written down in the last call with this contact; null until it is read, and when there is none.</param>
/// <param name="IsForgotten">It has ended a while ago: why has been read, and it goes from the screen.</param>
public sealed record Offer(Call Call, ImmutableHashSet<int> DeclinedBy, string? LastNote = null, bool IsForgotten = false)
{
    /// <summary>Why it is not offered any more; null while it is.</summary>
    public OfferEnd? End => OfferEnds.Of(Call);

    public bool IsOpen => End is null;
}

/// <summary>The calls that wait, for the pop-ups of all circuits of this node.</summary>
public sealed class OfferNotifications(ChangedCalls calls, RecentCalls recent, TimeProvider time, ILogger<OfferNotifications> logger)
    : IHostedService, IDisposable
{
    /// <summary>How long a call that was taken stays on the screen, so that it is read why it went.</summary>
    public static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1.5);

    private readonly Lock _lock = new();
    private readonly Listeners<Offer> _listeners = new();
    private ImmutableDictionary<long, Offer> _open = ImmutableDictionary<long, Offer>.Empty;
    private IDisposable? _calls;

    /// <summary>The calls that wait now. Never older than what was told.</summary>
    public IReadOnlyDictionary<long, Offer> Open => Volatile.Read(ref _open);

    /// <summary>
    /// Listens to offers that begin, change, end or are forgotten. <see cref="Open"/> has changed already when the listener is called.
    /// </summary>
    /// <inheritdoc cref="Listeners{T}.Add"/>
    public IDisposable Subscribe(Action<Offer> listener) => _listeners.Add(listener);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _calls = calls.Subscribe(changed => Take(new Offer(changed.Call, changed.DeclinedBy)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _calls?.Dispose();

    private void Take(Offer offer)
    {
        var id = offer.Call.Id;
        bool wasOpen;
        lock (_lock)
        {
            wasOpen = _open.TryGetValue(id, out var before);
            offer = offer with { LastNote = before?.LastNote };
            Volatile.Write(ref _open, offer.IsOpen ? _open.SetItem(id, offer) : _open.Remove(id));
        }

        if (wasOpen || offer.IsOpen)
        {
            Tell(offer);
        }

        if (wasOpen && !offer.IsOpen)
        {
            _ = ForgetAsync(offer);
        }

        if (!wasOpen && offer is { IsOpen: true, Call.ContactId: not null })
        {
            _ = ReadLastNoteAsync(offer.Call);
        }
    }

    /// <summary>Once for all circuits: a clock in each of a thousand pages is a thousand clocks.</summary>
    private async Task ForgetAsync(Offer ended)
    {
        await Task.Delay(Farewell, time);
        Tell(ended with { IsForgotten = true });
    }

    /// <summary>Once for all circuits, and after the pop-up is there: nobody waits for a note.</summary>
    private async Task ReadLastNoteAsync(Call call)
    {
        try
        {
            if (await recent.FindLastNoteAsync(call, CancellationToken.None) is not { } note)
            {
                return;
            }

            Offer? known;
            lock (_lock)
            {
                if (!_open.TryGetValue(call.Id, out known))
                {
                    return;
                }

                known = known with { LastNote = note };
                Volatile.Write(ref _open, _open.SetItem(call.Id, known));
            }

            Tell(known);
        }
        catch (Exception ex)
        {
            logger.LogWarning(ex, "The last note before call {CallId} could not be read; its pop-up goes without", call.Id);
        }
    }

    private void Tell(Offer offer) =>
        _listeners.Tell(offer, ex => logger.LogError(ex, "A pop-up failed on call {CallId}", offer.Call.Id));
}
