using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>What is done at the carrier after a call changed: dial, end, remove. Never on the back of a webhook.</summary>
public sealed class CallEffects(
    ITelephony telephony, CallStore writer, BackgroundTasks errands, IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CallEffects> logger)
{
    /// <summary>
    /// The carrier has named the customer's leg. Its callbacks may have come before its reply did; whoever keeps such early news takes it
    /// up now.
    /// </summary>
    public Func<Call, CancellationToken, Task>? LegNamed { get; set; }

    public static DialOrder OrderFor(Call call, TimeSpan ringTimeout) =>
        new(call.Id, call.ConferenceName, PhoneNumber.Parse(call.ToNumber), ringTimeout);

    /// <summary>Dials the customer of a call that has just become <see cref="CallStatus.Dialing"/>: once, by whoever made it so.</summary>
    public void Dial(Call call) => errands.Run($"dial for call {call.Id}", token => DialAsync(call, token));

    /// <summary>Ends what may still live at the carrier when a call is over.</summary>
    public void TidyUp(Call call)
    {
        // When a party hung up, endConferenceOnExit ends the room by itself; a customer who still rings is in no room.
        if (call is { Direction: CallDirection.Outbound, CustomerLeg: { } ringing } && call.DialState is not (LegState.InProgress or >= LegState.Completed))
        {
            errands.Run($"cancel the customer's leg of call {call.Id}", token => telephony.EndLegAsync(ringing, token));
        }

        if (call.ConferenceEndedAt is null)
        {
            errands.Run($"end the conference of call {call.Id}", token => telephony.EndConferenceAsync(call.ConferenceName, token));
        }
    }

    /// <summary>Nobody answered: the caller is told, or may leave a message.</summary>
    public void SayGoodbye(Call call)
    {
        if (call.CustomerLeg is not { } customer)
        {
            return;
        }

        errands.Run($"say goodbye to the caller of call {call.Id}", token => options.CurrentValue.WhenUnanswered == WhenUnanswered.Voicemail
            ? telephony.TakeMessageAsync(customer, call.Id, token)
            : telephony.ApologiseAsync(customer, token));
    }

    /// <summary>Takes a leg out of a conference where it has no business.</summary>
    public void Remove(Call call, CallLeg leg)
    {
        logger.LogWarning("Leg {Leg} has no business in call {CallId} and is removed", leg.CallSid, call.Id);
        errands.Run($"remove leg {leg.CallSid}", token => call.ConferenceSid is { } conference
            ? telephony.RemoveParticipantAsync(conference, leg.CallSid, token)
            : telephony.EndLegAsync(leg.CallSid, token));
    }

    /// <summary>
    /// An agent who left and came back has another leg: a supervisor who whispered to the old one is heard by nobody until pointed to the
    /// new one. Refused while the agent is on hold, and asked for again with the next news of an agent's leg.
    /// </summary>
    public void WhisperAnew(Call call)
    {
        foreach (var supervisor in call.Legs.Where(leg => IsWhisperLost(call, leg)).Select(leg => leg.CallSid).ToList())
        {
            errands.Run($"point the whisper in call {call.Id} to the agent's other leg", token => WhisperAnewAsync(call.Id, supervisor, token));
        }
    }

    /// <summary>Records what became of the order to dial.</summary>
    public async Task SettleDialAsync(long callId, DialAttempt attempt, CancellationToken cancellationToken)
    {
        switch (attempt)
        {
            case DialAttempt.Accepted accepted:
                var change = await writer.ChangeAsync(callId, null, c =>
                {
                    if (c.CustomerLeg is not null)
                    {
                        return false; // the answer was faster than the reply to the order
                    }

                    c.CustomerLeg = accepted.Leg;
                    c.LegOf(accepted.Leg, LegRole.Customer);
                    c.DialState ??= LegState.Queued;
                    return true;
                }, cancellationToken);
                if (change.Call is { IsOpen: false })
                {
                    await telephony.EndLegAsync(accepted.Leg, cancellationToken); // the agent gave up while the order was on its way
                }
                else if (change is { Changed: true, Call: { } named } && LegNamed is { } takeUp)
                {
                    await takeUp(named, cancellationToken);
                }

                break;
            case DialAttempt.Refused refused:
                var ended = await writer.ChangeAsync(callId, null, c =>
                    c.TryEnd(CallTrigger.CustomerNotReached, time.GetUtcNow(), CallOutcome.Failed, CallEnder.Carrier, refused.Words), cancellationToken);
                if (ended.Changed)
                {
                    TidyUp(ended.Call!);
                }

                break;
            case DialAttempt.Unknown:
                logger.LogWarning("The carrier's reply to dialling for call {CallId} was lost; it will be asked before anything is dialled again", callId);
                break;
        }
    }

    private async Task WhisperAnewAsync(long callId, CallSid supervisor, CancellationToken cancellationToken)
    {
        if (await writer.FindAsync(callId, cancellationToken) is not { ConferenceSid: { } conference } call
            || call.FindLeg(supervisor) is not { } whispering || !IsWhisperLost(call, whispering))
        {
            return; // the supervisor has chosen otherwise, or somebody has gone
        }

        var agent = AgentLegOf(call)!.CallSid;
        await telephony.SetCoachingAsync(conference, supervisor, SupervisorMode.Whisper, agent, cancellationToken);
        await writer.ChangeAsync(callId, null, c =>
        {
            if (c.FindLeg(supervisor) is not { } leg || !IsWhisperLost(c, leg))
            {
                return false;
            }

            leg.CoachedLeg = agent;
            return true;
        }, cancellationToken);
    }

    /// <summary>Whispering to a leg that is gone, while the agent is there on another.</summary>
    private static bool IsWhisperLost(Call call, CallLeg leg) =>
        leg is { Role: LegRole.Supervisor, IsIn: true, Coaching: true, CoachedLeg: { } coached } && call.FindLeg(coached) is not { IsIn: true } && AgentLegOf(call) is not null;

    private static CallLeg? AgentLegOf(Call call) => call.Legs.FirstOrDefault(leg => leg is { Role: LegRole.Agent, IsIn: true } && leg.AgentId == call.AgentId);

    private async Task DialAsync(Call call, CancellationToken cancellationToken)
    {
        var order = OrderFor(call, options.CurrentValue.RingTimeout);
        var attempt = await telephony.DialCustomerAsync(order, cancellationToken);
        await SettleDialAsync(call.Id, attempt, cancellationToken);
        if (attempt is DialAttempt.Unknown)
        {
            await FindLostDialAsync(call, cancellationToken);
        }
    }

    /// <summary>The reply to an order to dial was lost. Looks for the leg; gives up after a while, and says so.</summary>
    public void FindLostDial(Call call) => errands.Run($"find the customer's leg of call {call.Id}", token => FindLostDialAsync(call, token));

    private async Task FindLostDialAsync(Call call, CancellationToken cancellationToken)
    {
        var order = OrderFor(call, options.CurrentValue.RingTimeout);
        var since = (call.DialledAt ?? call.CreatedAt) - TimeSpan.FromSeconds(5);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            try
            {
                if (await telephony.FindDialledLegAsync(order, since, cancellationToken) is { } leg
                    && await writer.ReadAsync(c => c.CustomerLeg == leg.Leg && c.Id != call.Id, cancellationToken) is null) // not an earlier call to the same number
                {
                    await SettleDialAsync(call.Id, new DialAttempt.Accepted(leg.Leg), cancellationToken);
                    return;
                }
            }
            catch (TelephonyException ex)
            {
                logger.LogWarning(ex, "The carrier could not be asked what became of the dial for call {CallId}", call.Id);
            }

            await Task.Delay(TimeSpan.FromSeconds(2), time, cancellationToken);
            if (await writer.FindAsync(call.Id, cancellationToken) is not { Status: CallStatus.Dialing, CustomerLeg: null })
            {
                return;
            }
        }

        await SettleDialAsync(call.Id, new DialAttempt.Refused("The telephone network did not answer. The customer was not reached; please try again.", null), cancellationToken);
    }
}
