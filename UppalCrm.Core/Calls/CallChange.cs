namespace UppalCrm.Core.Calls;

/// <summary>By what a call is looked for. Each has an index of its own.</summary>
public abstract record CallKey
{
    private CallKey()
    {
    }

    public static implicit operator CallKey(long callId) => new Id(callId);

    public sealed record Id(long CallId) : CallKey;

    /// <summary>The conference's name that we gave.</summary>
    public sealed record ConferenceName(string Name) : CallKey;

    /// <summary>The carrier's name of the conference.</summary>
    public sealed record ConferenceSid(string Sid) : CallKey;

    /// <summary>Any leg of the call.</summary>
    public sealed record Leg(CallSid Sid) : CallKey;
}

/// <summary>What is decided about a call: whether it was changed, and the event to be kept with it.</summary>
/// <param name="Event">Its unique key makes a change happen once: when the key is known, nothing is written.</param>
public readonly record struct Decision(bool IsChange, CallEvent? Event = null)
{
    /// <summary>Nothing to write.</summary>
    public static Decision Nothing => default;

    public static Decision Changed(CallEvent? row = null) => new(true, row);

    public static implicit operator Decision(bool isChange) => new(isChange);
}

/// <summary>A call before and after a change that was saved.</summary>
/// <param name="Before">Null for a call that is new.</param>
/// <param name="After">Null when there is no such call.</param>
/// <param name="Event">The event that was kept with the change.</param>
/// <param name="IsChange">Whether this change was made, by this request and not by another.</param>
/// <param name="WasKnown">The event had been kept before: nothing was changed now.</param>
/// <param name="IsAgentBusy">Nothing was changed, because an agent would have had two calls in hand.</param>
public readonly record struct CallChange(
    Call? Before, Call? After, CallEvent? Event, bool IsChange, bool WasKnown = false, bool IsAgentBusy = false);
