using System.Collections.Concurrent;

namespace UppalCrm.Core.Calls;

/// <summary>
/// The calls that a listener of the feed has still to look at: a call that changes several times before it is looked at is looked at once.
/// </summary>
public sealed class PendingCalls
{
    private readonly ConcurrentDictionary<long, Call?> _calls = new();

    /// <returns>False when the call is pending already: the one who takes it sees this change, too.</returns>
    public bool Note(CallChanged news)
    {
        var isNew = false;
        _calls.AddOrUpdate(
            news.CallId,
            _ =>
            {
                isNew = true;
                return news.AsWritten;
            },
            (_, _) =>
            {
                isNew = false;
                return null; // it has changed since it was written
            });
        return isNew;
    }

    /// <summary>Before the call is looked at: what changes from here on is new news.</summary>
    /// <returns>The call, if it came with its news and nothing has changed since; else it must be read.</returns>
    public Call? Take(long callId) => _calls.TryRemove(callId, out var asWritten) ? asWritten : null;
}
