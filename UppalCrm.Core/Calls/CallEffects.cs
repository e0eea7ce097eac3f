using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>
/// What follows from a change of a call: at the carrier, for those who are told, and on record. Decided here and nowhere else, from the
/// call before and after the change, no matter who changed it. What is asked of the carrier never keeps a webhook waiting.
/// </summary>
public sealed partial class CallEffects(
    ITelephony telephony, CustomerDialler dialler, OutsideDialler outside, UnmatchedEvents unmatched, CallStore store, CallFeed feed,
    DeadlineTimer deadlines,
    AuditLog audit, BackgroundTasks tasks, IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CallEffects> logger)
{
    private const int MostAttempts = 5;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    /// <summary>Who asks to hold a customer, or to take them back, waits for the request before. Few calls share one.</summary>
    private readonly SemaphoreSlim[] _holds = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Tells those who listen, and does what follows from a change that was saved.</summary>
    internal async Task FollowAsync(CallChange change, CancellationToken cancellationToken)
    {
        CallTelemetry.Changed(change);
        var call = change.After!;
        // Whole, unless the change gave it an agent or a contact who was not read with it.
        var isWhole = call.Agent?.Id == call.AgentId && call.Contact?.Id == call.ContactId;
        var due = call.LeaseUntil ?? call.ExpiresAt ?? call.FindOpenTransfer()?.ExpiresAt;
        Announce(new CallChanged(call.Id, call.Version, isWhole ? call : null), due, AgentsOf(change));
        if (change.Before is { IsOpen: true } && !call.IsOpen)
        {
            logger.LogInformation("Call {CallId} ended: {Outcome}, by {EndedBy}", call.Id, call.Outcome, call.EndedBy);
        }

        foreach (var effect in Of(change))
        {
            await DoAsync(call, effect, cancellationToken);
        }
    }

    /// <summary>Tells those who listen that a call changed, with the agents whose call it became or no longer is.</summary>
    /// <param name="due">When the call must be looked at again.</param>
    internal void Announce(CallChanged news, DateTimeOffset? due, IEnumerable<int> agents)
    {
        deadlines.Schedule(due);
        feed.Announce(news);
        foreach (var agent in agents)
        {
            feed.Announce(new AgentChanged(agent));
        }
    }

    /// <summary>Asks again for what an open call needs as it stands: an earlier request may have been lost.</summary>
    internal async Task EnsureAsync(Call call, ConferenceReport conference, CancellationToken cancellationToken)
    {
        foreach (var effect in Standing(call).Concat(OfExits(call, conference)))
        {
            await DoAsync(call, effect, cancellationToken);
        }

        foreach (var customer in call.FindLegsToMove())
        {
            tasks.Run($"bring leg {customer} into call {call.Id}", token => MoveAsync(call, customer, token));
        }
    }

    /// <summary>Has a leg taken out of the conference of its call; asked again like any request, and by the next comparison.</summary>
    internal Task RemoveAsync(Call call, CallSid leg, CancellationToken cancellationToken) =>
        DoAsync(call, new CallEffect.RemoveLeg(leg), cancellationToken);

    /// <summary>Asks again for the end of a conference whose call is over.</summary>
    internal Task EnsureOverAsync(Call call, ConferenceReport conference, CancellationToken cancellationToken) =>
        call is { Outcome: CallOutcome.Missed, CustomerLeg: { } caller } && conference.Participants.All(p => p.Leg == caller)
            ? DoAsync(call, new CallEffect.SayGoodbye(caller), cancellationToken)
            : DoAsync(call, new CallEffect.EndConference(), cancellationToken);

    private Task DoAsync(Call call, CallEffect effect, CancellationToken cancellationToken)
    {
        switch (effect)
        {
            case CallEffect.ApplyUnmatchedEvents:
                return unmatched.ApplyAsync(call, cancellationToken);
            case CallEffect.Audit record:
                return audit.WriteAsync(record.Action, record.AgentId, call.Id, null, cancellationToken);
            case CallEffect.TakeUpParked parked:
                return TakeUpParkedAsync(parked.CallId, cancellationToken);
            case CallEffect.DialCustomer:
                dialler.Dial(call);
                break;
            case CallEffect.DialOutside dial:
                outside.Dial(call, dial.TransferId);
                break;
            case CallEffect.EndLeg end:
                tasks.Run($"end leg {end.Leg} of call {call.Id}", token => telephony.EndLegAsync(end.Leg, token));
                break;
            case CallEffect.EndConference:
                tasks.Run($"end the conference of call {call.Id}", token => telephony.EndConferenceAsync(call.ConferenceName, token));
                break;
            case CallEffect.SayGoodbye goodbye:
                tasks.Run($"say goodbye to the caller of call {call.Id}", token =>
                    options.CurrentValue.WhenUnanswered == WhenUnanswered.Voicemail
                    ? telephony.TakeMessageAsync(goodbye.Customer, call.Id, token)
                    : telephony.ApologiseAsync(goodbye.Customer, token));
                break;
            case CallEffect.RemoveLeg stray:
                // Who handed the call on leaves by themselves as a rule, and is taken out in any case.
                logger.Log(
                    call.FindLeg(stray.Leg) is { } leg && call.HasHandedOn(leg) ? LogLevel.Debug : LogLevel.Warning,
                    "Leg {Leg} has no business in call {CallId} and is removed", stray.Leg, call.Id);
                tasks.Run($"remove leg {stray.Leg}", token => TakeOutAsync(call, stray.Leg, token));
                break;
            case CallEffect.SetEndOnExit exit when call.ConferenceSid is { } conference:
                tasks.Run($"set what leg {exit.Leg} ends", token => SetEndOnExitAsync(conference, exit, token));
                break;
            case CallEffect.Hold music when call.ConferenceSid is { } conference:
                tasks.Run($"hold the customer of call {call.Id}", token => HoldAsync(call.Id, conference, music, token));
                break;
            case CallEffect.Unmute silent when call.ConferenceSid is { } conference:
                tasks.Run($"unmute leg {silent.Leg}", token => AskAsync(
                    () => telephony.SetMutedAsync(conference, silent.Leg, muted: false, token), token));
                break;
            case CallEffect.PointWhisper whisper:
                tasks.Run($"point the whisper in call {call.Id} again", token => PointWhisperAsync(call.Id, whisper.Supervisor, token));
                break;
        }

        return Task.CompletedTask;
    }

    /// <summary>One who cannot be brought into the call, having hung up on the way, is no party of it.</summary>
    private async Task MoveAsync(Call call, CallSid customer, CancellationToken cancellationToken)
    {
        try
        {
            await telephony.MoveAsync(customer, call.ConferenceName, cancellationToken);
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "A customer could not be brought into call {CallId}", call.Id);
            var from = call.FindJoined().First(party => party.OutsideLeg == customer).FromCallId!.Value;
            await store.ChangeAsync(call.Id, c => c.TryLetGo(customer, ex.Message, time.GetUtcNow()), cancellationToken);
            await store.ChangeAsync(from, c => c.TryStay(), cancellationToken);
        }
    }

    /// <summary>
    /// A call that was put aside is in its agent's hand again. Nothing when it is over, or the agent has another one in hand.
    /// </summary>
    internal async Task TakeUpParkedAsync(long callId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await store.ChangeAsync(callId, c => c.TryUnpark(now, parked: null)
            ? Decision.Changed(CallEvent.Of(CallEventKind.Unparked, EventSource.Clock, c.Id, c.AgentId, now))
            : Decision.Nothing, cancellationToken);
    }

    /// <summary>
    /// In this order, and not at all when the first fails: a leg that was let in as an agent's ends the conference by leaving.
    /// </summary>
    private async Task TakeOutAsync(Call call, CallSid leg, CancellationToken cancellationToken)
    {
        if (call.ConferenceSid is not { } conference)
        {
            await telephony.EndLegAsync(leg, cancellationToken);
            return;
        }

        if (call.FindLeg(leg) is not { Role: LegRole.Supervisor })
        {
            await AskAsync(() => telephony.SetEndOnExitAsync(conference, leg, ends: false, cancellationToken), cancellationToken);
        }

        await AskAsync(() => telephony.RemoveParticipantAsync(conference, leg, cancellationToken), cancellationToken);
    }

    private async Task SetEndOnExitAsync(string conference, CallEffect.SetEndOnExit exit, CancellationToken cancellationToken)
    {
        if (exit.AfterHold)
        {
            await AskAsync(() => telephony.SetHoldAsync(conference, exit.Leg, hold: false, cancellationToken), cancellationToken);
        }

        await AskAsync(() => telephony.SetEndOnExitAsync(conference, exit.Leg, exit.Ends, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// One after the other, and only while it is still wanted: a hold whose answer is slow must not come after the one that takes the
    /// customer back.
    /// </summary>
    private async Task HoldAsync(long callId, string conference, CallEffect.Hold music, CancellationToken cancellationToken)
    {
        var turn = _holds[(int)(callId % _holds.Length)];
        await turn.WaitAsync(cancellationToken);
        try
        {
            await AskAsync(
                async () =>
                {
                    if (await store.FindAsync(callId, cancellationToken) is not { IsOpen: true } call
                        || call.IsHoldWanted(music.Leg) != music.IsHeld)
                    {
                        return;
                    }

                    await (music.Spoken
                        ? telephony.HoldForReturnAsync(conference, music.Leg, cancellationToken)
                        : telephony.SetHoldAsync(conference, music.Leg, music.IsHeld, cancellationToken));
                },
                cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>
    /// Asks again while the carrier refuses or does not answer: a customer must not stay on hold because of one lost request.
    /// </summary>
    private async Task AskAsync(Func<Task> request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await request();
                return;
            }
            catch (TelephonyException ex) when (attempt < MostAttempts)
            {
                logger.LogWarning(ex, "The carrier did not do as it was asked; it is asked again");
            }

            await Task.Delay(BetweenAttempts, time, cancellationToken);
        }
    }

    private async Task PointWhisperAsync(long callId, CallSid supervisor, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(callId, cancellationToken) is not { ConferenceSid: { } conference } call
            || call.FindLeg(supervisor) is not { } whispering || !call.IsWhisperLost(whispering))
        {
            return; // the supervisor has chosen otherwise, or somebody has gone
        }

        var agent = call.FindAgentLeg()!.CallSid;
        await telephony.SetCoachingAsync(conference, supervisor, SupervisorMode.Whisper, agent, cancellationToken);
        await store.ChangeAsync(callId, c =>
        {
            if (c.FindLeg(supervisor) is not { } leg || !c.IsWhisperLost(leg))
            {
                return false;
            }

            leg.TakePart(SupervisorMode.Whisper, agent);
            return true;
        }, cancellationToken);
    }
}
