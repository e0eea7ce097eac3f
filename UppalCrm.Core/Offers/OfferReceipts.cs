using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Offers;

/// <summary>What a browser did with an offer.</summary>
public enum OfferStage
{
    /// <summary>The pop-up stood on the screen.</summary>
    Painted,

    /// <summary>The ring sounded.</summary>
    Audible,

    /// <summary>The browser lets the page make no sound.</summary>
    Blocked,
}

/// <summary>
/// On how many screens an offer stood and rang, and how long after the carrier's request, so that a missed call explains itself.
/// </summary>
/// <param name="Screens">Screens on which the pop-up stood.</param>
/// <param name="Audible">Screens that rang.</param>
/// <param name="Blocked">Screens whose browser lets the page make no sound.</param>
/// <param name="FirstPaintedMs">The first pop-up, in milliseconds after the carrier's request; null when there was none.</param>
/// <param name="LastPaintedMs">The last pop-up, likewise.</param>
/// <param name="FirstAudibleMs">The first ring, likewise.</param>
public sealed record OfferReceipt(int Screens, int Audible, int Blocked, int? FirstPaintedMs, int? LastPaintedMs, int? FirstAudibleMs)
{
    /// <summary>Two nodes' receipts of one offer: each gathers what its own screens report.</summary>
    public static OfferReceipt operator +(OfferReceipt one, OfferReceipt other) => new(
        one.Screens + other.Screens, one.Audible + other.Audible, one.Blocked + other.Blocked,
        Earlier(one.FirstPaintedMs, other.FirstPaintedMs),
        other.LastPaintedMs > one.LastPaintedMs || one.LastPaintedMs is null ? other.LastPaintedMs : one.LastPaintedMs,
        Earlier(one.FirstAudibleMs, other.FirstAudibleMs));

    private static int? Earlier(int? one, int? other) => other < one || one is null ? other : one;

    /// <summary>As it was kept with an event; null for what cannot be read.</summary>
    public static OfferReceipt? Read(string? detail)
    {
        try
        {
            return detail is null ? null : CallStore.FromDetail<OfferReceipt>(detail);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>
/// Gathers what the browsers of this node report of an offer, and keeps it with the call: one event for all that came within a few
/// seconds, because a call may be offered on a thousand screens. What has not been saved when the process dies is lost.
/// </summary>
public sealed class OfferReceipts(CallStore store, TimeProvider time, ILogger<OfferReceipts> logger)
{
    /// <summary>From the first report to the event that is kept.</summary>
    public static readonly TimeSpan Gathering = TimeSpan.FromSeconds(5);

    /// <summary>A browser may say what it likes: no offer lasts longer, and no floor is larger.</summary>
    private static readonly TimeSpan LongestOffer = TimeSpan.FromMinutes(30);

    private const int MostScreens = 5_000;

    private readonly ConcurrentDictionary<long, Tally> _tallies = new();

    /// <param name="screen">Names the tab; each is counted and measured once for each stage.</param>
    /// <param name="since">Since the carrier's request, by the browser's reckoning; nothing is noted of what lies before it.</param>
    public void Note(long callId, string screen, OfferStage stage, TimeSpan since)
    {
        if (since < TimeSpan.Zero)
        {
            return;
        }

        since = since < LongestOffer ? since : LongestOffer;
        var tally = _tallies.GetOrAdd(callId, _ => new Tally());
        var (isFirst, isNew) = tally.Add(screen, stage, (int)since.TotalMilliseconds);
        if (isNew)
        {
            CallTelemetry.OfferReached(stage, since);
        }

        if (isFirst)
        {
            _ = SaveLaterAsync(callId);
        }
    }

    private async Task SaveLaterAsync(long callId)
    {
        try
        {
            await Task.Delay(Gathering, time);
            if (_tallies.TryRemove(callId, out var tally))
            {
                await SaveAsync(callId, tally.Close());
            }
        }
        catch (Exception ex)
        {
            logger.LogWarning(ex, "What the browsers said of the offer of call {CallId} could not be saved", callId);
        }
    }

    private Task<CallChange> SaveAsync(long callId, OfferReceipt receipt)
    {
        var now = time.GetUtcNow();
        return store.ChangeAsync(
            callId,
            call =>
            {
                var shownUntil = call.AnsweredAt ?? call.EndedAt ?? now;
                if (call.Direction != CallDirection.Inbound || now - call.CreatedAt > LongestOffer || now - shownUntil > 2 * Gathering)
                {
                    return Decision.Nothing; // no browser was ever offered it now
                }

                var row = CallEvent.Of(CallEventKind.OfferShown, EventSource.Agent, callId, agentId: null, now);
                row.Detail = CallStore.ToDetail(receipt);
                return new Decision(IsChange: false, row);
            },
            CancellationToken.None);
    }

    private sealed class Tally
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<OfferStage, HashSet<string>> _screens = [];
        private int? _firstPainted;
        private int? _lastPainted;
        private int? _firstAudible;
        private bool _isBegun;

        /// <returns>Whether it is the first report, and the first of this screen and stage.</returns>
        public (bool IsFirst, bool IsNew) Add(string screen, OfferStage stage, int milliseconds)
        {
            lock (_lock)
            {
                var screens = _screens.TryGetValue(stage, out var known) ? known : _screens[stage] = new(StringComparer.Ordinal);
                var isNew = screens.Count < MostScreens && screens.Add(screen);
                if (isNew)
                {
                    (_firstPainted, _lastPainted, _firstAudible) = stage switch
                    {
                        OfferStage.Painted => (Earlier(_firstPainted), Math.Max(_lastPainted ?? 0, milliseconds), _firstAudible),
                        OfferStage.Audible => (_firstPainted, _lastPainted, Earlier(_firstAudible)),
                        _ => (_firstPainted, _lastPainted, _firstAudible),
                    };
                }

                var isFirst = !_isBegun;
                _isBegun = true;
                return (isFirst, isNew);
            }

            int Earlier(int? known) => Math.Min(known ?? int.MaxValue, milliseconds);
        }

        public OfferReceipt Close()
        {
            lock (_lock)
            {
                return new OfferReceipt(
                    Count(OfferStage.Painted), Count(OfferStage.Audible), Count(OfferStage.Blocked),
                    _firstPainted, _lastPainted, _firstAudible);
            }

            int Count(OfferStage stage) => _screens.TryGetValue(stage, out var screens) ? screens.Count : 0;
        }
    }
}
