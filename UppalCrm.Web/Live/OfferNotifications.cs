using System.Collections.Immutable;

namespace UppalCrm.Web.Live;

/// <summary>A call that waits for an agent, or has just stopped waiting.</summary>
/// <param name="DeclinedBy">Agents who do not want it.</param>
public sealed record Offer(Call Call, ImmutableHashSet<int> DeclinedBy)
{
    /// <summary>Why it is not offered any more; null while it is.</summary>
    public OfferEnd? End => OfferEnds.Of(Call);

    public bool IsOpen => End is null;
}

/// <summary>The calls that wait, for the pop-ups of all circuits of this node.</summary>
public sealed class OfferNotifications(ChangedCalls calls, ILogger<OfferNotifications> logger) : IHostedService, IDisposable
{
    private readonly Listeners<Offer> _listeners = new();
    private ImmutableDictionary<long, Offer> _open = ImmutableDictionary<long, Offer>.Empty;
    private IDisposable? _calls;

    /// <summary>The calls that wait now. Never older than what was told.</summary>
    public IReadOnlyDictionary<long, Offer> Open => Volatile.Read(ref _open);

    /// <summary>Listens to offers that begin, change or end. <see cref="Open"/> has changed already when the listener is called.</summary>
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
        var wasOpen = _open.ContainsKey(id);
        Volatile.Write(ref _open, offer.IsOpen ? _open.SetItem(id, offer) : _open.Remove(id));
        if (wasOpen || offer.IsOpen)
        {
            _listeners.Tell(offer, ex => logger.LogError(ex, "A pop-up failed on call {CallId}", id));
        }
    }
}
