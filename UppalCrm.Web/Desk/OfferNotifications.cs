using System.Collections.Immutable;
using System.Threading.Channels;

namespace UppalCrm.Web.Desk;

/// <summary>A call that waits for somebody, or has just stopped waiting.</summary>
/// <param name="Call">As it was read; its version tells which of two readings is newer.</param>
/// <param name="DeclinedBy">Agents who do not want it.</param>
public sealed record Offer(Call Call, ImmutableHashSet<int> DeclinedBy)
{
    public bool IsOpen => Call.Status == CallStatus.Waiting;

    /// <summary>Why it is not offered any more, in words for those who saw it.</summary>
    public string EndedBecause => Call switch
    {
        { Agent: { } agent } when Call is { IsOpen: true } or { Outcome: CallOutcome.Answered } => $"{agent.DisplayName} answered",
        { Outcome: CallOutcome.Abandoned } => "The caller hung up",
        { Outcome: CallOutcome.Missed or CallOutcome.Voicemail } => "Nobody answered in time",
        _ => "The call has ended",
    };
}

/// <summary>
/// Tells the pop-ups of this node what became of waiting calls: each change is read once, however many agents are shown it.
/// </summary>
public sealed class OfferNotifications(CallFeed feed, CallCommands desk, ILogger<OfferNotifications> logger) : BackgroundService
{
    private readonly Channel<long> _changed = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
    private IDisposable? _calls;
    private readonly PendingCalls _pending = new();
    private ImmutableArray<Action<Offer>> _listeners = [];

    /// <summary>Listens. Called on a thread of ours: the listener must only note the news and return.</summary>
    public IDisposable Subscribe(Action<Offer> listener)
    {
        ImmutableInterlocked.Update(ref _listeners, list => list.Add(listener));
        return new Subscription(() => ImmutableInterlocked.Update(ref _listeners, list => list.Remove(listener)));
    }

    // Here and not when it executes, which is a while later on a thread of its own: once started, nothing is missed.
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _calls = feed.Subscribe(news =>
        {
            if (_pending.Note(news))
            {
                _changed.Writer.TryWrite(news.CallId);
            }
        });
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _calls?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var callId in _changed.Reader.ReadAllAsync(stoppingToken))
        {
            var asWritten = _pending.Take(callId);
            if (_listeners.IsEmpty)
            {
                continue;
            }

            try
            {
                await TellAsync(callId, asWritten, stoppingToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogError(ex, "Call {CallId} could not be told to the pop-ups; its next change is", callId);
            }
        }
    }

    private async Task TellAsync(long callId, Call? asWritten, CancellationToken cancellationToken)
    {
        if ((asWritten ?? await desk.FindAsync(callId, cancellationToken)) is not { } call)
        {
            return;
        }

        // Nobody can have declined a call that nobody was told of.
        var offer = new Offer(call, call.Status == CallStatus.Waiting && asWritten is null ? [.. await desk.GetDeclinersAsync(callId, cancellationToken)] : []);
        foreach (var listener in _listeners)
        {
            try
            {
                listener(offer);
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "A pop-up failed on call {CallId}", callId); // the others still hear
            }
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
