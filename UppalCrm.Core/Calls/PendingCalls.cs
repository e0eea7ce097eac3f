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
            (_, pending) =>
            {
                isNew = false;
                // What came without the call may have changed what stands beside it: that a call was declined is no version of it.
                return pending is null || news.AsWritten is null ? null
                    : pending.Version >= news.Version ? pending : news.AsWritten;
            });
        return isNew;
    }

    /// <summary>Before the call is looked at: what changes from here on is new news.</summary>
    /// <returns>The call, if its latest news came with it; else it must be read.</returns>
    public Call? Take(long callId) => _calls.TryRemove(callId, out var asWritten) ? asWritten : null;
}
