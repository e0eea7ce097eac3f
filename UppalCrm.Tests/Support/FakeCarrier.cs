using System.Collections.Concurrent;
using UppalCrm.Core.Telephony;

namespace UppalCrm.Tests.Support;

/// <summary>A carrier that notes what it is asked for and answers as the test sets it. For rules; flows meet the simulator.</summary>
public sealed class FakeCarrier : ITelephony
{
    private int _legs = 900;

    public ConcurrentQueue<string> Asked { get; } = new();

    public Func<DialOrder, DialAttempt>? OnDial { get; set; }

    public ConcurrentDictionary<string, ConferenceReport> Rooms { get; } = new();

    public ConcurrentDictionary<CallSid, LegReport> Legs { get; } = new();

    public Func<DialOrder, LegReport?>? OnFindDialled { get; set; }

    public static CallSid Leg(int number) => new($"CA{number:d32}");

    public Task<DialAttempt> DialCustomerAsync(DialOrder order, CancellationToken cancellationToken)
    {
        Asked.Enqueue($"dial {order.To}");
        return Task.FromResult(OnDial?.Invoke(order) ?? new DialAttempt.Accepted(Leg(Interlocked.Increment(ref _legs))));
    }

    public Task<LegReport?> FindDialledLegAsync(DialOrder order, DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult(OnFindDialled?.Invoke(order));

    public Task<LegReport?> FindLegAsync(CallSid leg, CancellationToken cancellationToken) => Task.FromResult(Legs.GetValueOrDefault(leg));

    public Task<ConferenceReport?> FindConferenceAsync(string conferenceName, CancellationToken cancellationToken) =>
        Task.FromResult(Rooms.GetValueOrDefault(conferenceName));

    public Task EndLegAsync(CallSid leg, CancellationToken cancellationToken) => Note($"end leg {leg}");

    public Task EndConferenceAsync(string conferenceName, CancellationToken cancellationToken) => Note($"end conference {conferenceName}");

    public Task ApologiseAsync(CallSid customer, CancellationToken cancellationToken) => Note($"apologise {customer}");

    public Task TakeMessageAsync(CallSid customer, long callId, CancellationToken cancellationToken) => Note($"take message {customer}");

    public Task SetHoldAsync(string conferenceSid, CallSid leg, bool hold, CancellationToken cancellationToken) => Note($"hold {leg} {hold}");

    public Task RestartWaitAsync(string conferenceSid, CallSid leg, bool ringing, CancellationToken cancellationToken) => Note($"restart wait {leg} {ringing}");

    public Task SetMutedAsync(string conferenceSid, CallSid leg, bool muted, CancellationToken cancellationToken) => Note($"mute {leg} {muted}");

    public Task SetCoachingAsync(string conferenceSid, CallSid supervisor, SupervisorMode mode, CallSid? coached, CancellationToken cancellationToken) =>
        Note($"coach {supervisor} {mode} {coached}");

    public Task SetRecordingPausedAsync(string conferenceSid, bool paused, CancellationToken cancellationToken) => Note($"recording {conferenceSid} {(paused ? "paused" : "on")}");

    public Task RemoveParticipantAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) => Note($"remove {leg}");

    public Task<RecordedSound?> OpenRecordingAsync(string recordingSid, string? range, CancellationToken cancellationToken) => Task.FromResult<RecordedSound?>(null);

    private Task Note(string what)
    {
        Asked.Enqueue(what);
        return Task.CompletedTask;
    }
}
