using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Calls;

/// <summary>"Something about this call changed, go and look." Announced after the save, never before.</summary>
/// <param name="AsWritten">
/// The call as it was saved in this version, with its legs, transfers, contact and agent, so that listeners need not read it again. Only
/// on the node that saved it; a later version may have been announced before. Shared by all who listen: not to be changed.
/// </param>
public readonly record struct CallChanged(long CallId, long Version, Call? AsWritten = null);

/// <summary>An agent's presence, phone or wrap-up changed.</summary>
public readonly record struct AgentChanged(int AgentId);

/// <summary>
/// Tells the pages and the hub of this process that a call or an agent changed. Subscribers are called outside any lock, on the
/// announcer's thread: they must only note the news and return. One that throws does not keep the others from hearing.
/// </summary>
public sealed class CallFeed(ILogger<CallFeed> logger)
{
    private ImmutableArray<Action<CallChanged>> _onCall = [];
    private ImmutableArray<Action<AgentChanged>> _onAgent = [];

    /// <summary>Also carries the news to other nodes, where there are any. Set once at start.</summary>
    public Action<object>? Relay { get; set; }

    public IDisposable Subscribe(Action<CallChanged> listener)
    {
        ImmutableInterlocked.Update(ref _onCall, list => list.Add(listener));
        return new Subscription(() => ImmutableInterlocked.Update(ref _onCall, list => list.Remove(listener)));
    }

    public IDisposable SubscribeAgents(Action<AgentChanged> listener)
    {
        ImmutableInterlocked.Update(ref _onAgent, list => list.Add(listener));
        return new Subscription(() => ImmutableInterlocked.Update(ref _onAgent, list => list.Remove(listener)));
    }

    public void Announce(CallChanged news)
    {
        Deliver(news);
        Relay?.Invoke(news);
    }

    public void Announce(AgentChanged news)
    {
        Deliver(news);
        Relay?.Invoke(news);
    }

    /// <summary>For news that came from another node: heard here, not sent on.</summary>
    public void Deliver(CallChanged news) => Tell(_onCall, news);

    /// <inheritdoc cref="Deliver(CallChanged)"/>
    public void Deliver(AgentChanged news) => Tell(_onAgent, news);

    private void Tell<T>(ImmutableArray<Action<T>> listeners, T news)
    {
        foreach (var listener in listeners)
        {
            try
            {
                listener(news);
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "A listener of the call feed failed on {News}", news); // the others still hear
            }
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
