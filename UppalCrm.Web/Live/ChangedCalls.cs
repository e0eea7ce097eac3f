using System.Collections.Immutable;
using System.Threading.Channels;
using BitFaster.Caching.Lru;

namespace UppalCrm.Web.Live;

/// <summary>A call as it was read after it changed.</summary>
/// <param name="DeclinedBy">Agents who do not want it; empty unless it waits.</param>
public sealed record ChangedCall(Call Call, ImmutableHashSet<int> DeclinedBy);

/// <summary>
/// Reads each call that changed, once for all of this node, unless it came with its news. The readings come one after another: a later
/// one is never older. A call that changes several times before it is read is read once.
/// </summary>
public sealed class ChangedCalls(CallFeed feed, CallCommands calls, TimeProvider time, ILogger<ChangedCalls> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Channel<long> _changed = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
    private readonly PendingCalls _pending = new();
    private readonly Listeners<ChangedCall> _listeners = new();
    private IDisposable? _calls;

    /// <summary>The versions last told of, of the calls told of last. Touched by the reader only.</summary>
    private readonly ClassicLru<long, long> _told = new(capacity: 4_096);

    /// <inheritdoc cref="Listeners{T}.Add"/>
    public IDisposable Subscribe(Action<ChangedCall> listener) => _listeners.Add(listener);

    // Subscribed here and not in ExecuteAsync, which starts a while later on a thread of its own: once started, nothing is missed.
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _calls = feed.Subscribe(Note);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _calls?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await NoteWaitingAsync(stoppingToken);
        await foreach (var callId in _changed.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await ReadAsync(callId, _pending.Take(callId), stoppingToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogError(ex, "Call {CallId} could not be read after it changed; it is read again in a moment", callId);
                _ = NoteLaterAsync(callId, stoppingToken);
            }
        }
    }

    private void Note(CallChanged change)
    {
        if (_pending.Note(change))
        {
            _changed.Writer.TryWrite(change.CallId);
        }
    }

    /// <summary>Callers may have come before this node started.</summary>
    private async Task NoteWaitingAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                foreach (var call in await calls.GetWaitingAsync(exceptDeclinedBy: null, cancellationToken))
                {
                    Note(new CallChanged(call.Id, call.Version));
                }

                return;
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogError(ex, "The waiting calls could not be read; they are read again in a moment");
                await Task.Delay(RetryAfter, time, cancellationToken);
            }
        }
    }

    private async Task NoteLaterAsync(long callId, CancellationToken cancellationToken)
    {
        await Task.Delay(RetryAfter, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Note(new CallChanged(callId, Version: 0));
    }

    private async Task ReadAsync(long callId, Call? asWritten, CancellationToken cancellationToken)
    {
        // One who wrote before another may tell of it afterwards.
        var isLatest = asWritten is not null && !(_told.TryGet(callId, out var told) && told >= asWritten.Version);
        if ((isLatest ? asWritten : await calls.FindAsync(callId, cancellationToken)) is not { } call)
        {
            return;
        }

        _told.AddOrUpdate(callId, call.Version);
        // A call that has just been written was offered to no agent yet, so none can have declined it.
        var mayBeDeclined = call.Status == CallStatus.Waiting && !(isLatest && call.Version == 1);
        ImmutableHashSet<int> declinedBy = mayBeDeclined ? [.. await calls.GetDeclinersAsync(callId, cancellationToken)] : [];
        _listeners.Tell(
            new ChangedCall(call, declinedBy),
            ex => logger.LogError(ex, "A listener failed on call {CallId}", callId));
    }
}
