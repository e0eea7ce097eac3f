namespace UppalCrm.Tests.Scenarios;

/// <summary>
/// One call as a scenario left it in the database, told again in memory from its journal: what people and the clock did stays where it
/// was, what the carrier said may come at any time after it happened, and more than once.
/// </summary>
internal sealed class EventOrder(Call row, IReadOnlyList<CallEvent> journal)
{
    private readonly IReadOnlyList<CallEvent> _journal = [.. journal.OrderBy(e => e.Id)];

    private CallSid? OutsideLeg => row.Legs.Find(leg => leg.Role == LegRole.OutsideParty)?.CallSid;

    public int NewsCount => _journal.Count(e => e.Source == EventSource.Carrier && e.Detail is not null);

    /// <summary>The row that this order comes to, every column that matters.</summary>
    /// <param name="disorder">Null tells it as it was recorded.</param>
    public string Tell(Random? disorder)
    {
        var call = Fresh();
        foreach (var item in InOrder(disorder))
        {
            Apply(call, item);
        }

        return $"{call.Status} {call.Outcome} by {call.EndedBy} '{call.EndReason}' agent {call.AgentId} answered "
            + $"{call.AnsweredAt:HH:mm:ss.fff} ended {call.EndedAt:HH:mm:ss.fff} "
            + $"room over {call.ConferenceEndedAt:HH:mm:ss.fff} {call.DurationSeconds} s, recording {call.RecordingSid} "
            + $"{call.RecordingDurationSeconds} s, dialled {call.DialState}, legs "
            + string.Join(
                ' ',
                call.Legs.OrderBy(l => l.CallSid.Value, StringComparer.Ordinal)
                    .Select(l => $"{l.Role} {l.JoinedAt:HH:mm:ss.fff}..{l.LeftAt:HH:mm:ss.fff} muted={l.Muted} held={l.Held}"));
    }

    /// <summary>What was told in this order, for a failing test to show.</summary>
    public string OrderOf(Random disorder) =>
        string.Join(", ", InOrder(disorder).Select(e => e.Kind + (e.Sequence is { } number ? $" {number}" : "")));

    private IEnumerable<CallEvent> InOrder(Random? disorder)
    {
        if (disorder is null)
        {
            return _journal;
        }

        // Each was decided about a call whose agent was in it or cut off: what says so was told by then.
        var known = _journal.Select((item, i) => (item, i))
            .Where(one => one.item.Kind is CallEventKind.AgentNotBack or CallEventKind.HangUpUndone
            or CallEventKind.HangUpStood or CallEventKind.TransferredToEverybody or CallEventKind.HandedOver
            or CallEventKind.PartyLeft or CallEventKind.Parked or CallEventKind.Unparked or CallEventKind.BroughtOver
            or CallEventKind.CustomerTakenIn
            || (one.item.Kind == CallEventKind.HungUp && row.Legs.Exists(l => l.KeepsCustomer))
            || (one.item.Kind is CallEventKind.TransferCancelled or CallEventKind.TransferDeclined && IsConsult(one.i))
            || IsLaterTransfer(one.i))
            .Select(one => one.i).ToList();
        // And the end of a consultation about one that had begun.
        bool IsConsult(int index) => _journal.Take(index).Any(item => item.Kind == CallEventKind.TransferAsked
            && CallStore.FromDetail<TransferParties>(item.Detail!).IsConsult);
        // And who hands on a call that was handed to them has it.
        bool IsLaterTransfer(int index) => IsTransfer(_journal[index]) && _journal.Take(index).Any(IsTransfer);
        static bool IsTransfer(CallEvent item) => item.Kind is CallEventKind.TransferAsked or CallEventKind.TakenOver
            or CallEventKind.HandedToAnother;
        // Who ends a call that was answered is known to be in it: else it would have been given back.
        var ended = _journal.Select((item, i) => (item, i))
            .Where(one => one.item.Kind == CallEventKind.HungUp && row.AnsweredAt <= one.item.At).Select(one => one.i).ToList();
        var told = new List<(double At, CallEvent What)>();
        for (var i = 0; i < _journal.Count; i++)
        {
            var item = _journal[i];
            if (item.Source != EventSource.Carrier || item.Kind == CallEventKind.Arrived || IsOutsidesAnswer(item))
            {
                told.Add((i, item));
                continue;
            }

            for (var copies = 1 + disorder.Next(3); copies > 0; copies--)
            {
                var at = i + (disorder.Next(4) == 0 ? 0 : disorder.NextDouble() * (_journal.Count + 1));
                var before = item.Kind == CallEventKind.ConferenceJoined ? known.Concat(ended) : known;
                told.Add((before.Where(index => index > i).Select(index => index - 0.5).Append(at).Min(), item));
            }
        }

        return told.OrderBy(one => one.At).Select(one => one.What);
    }

    /// <summary>An outside number is told where to go, and that is decided then.</summary>
    private bool IsOutsidesAnswer(CallEvent item) => item.Kind == CallEventKind.JoinDecided
        && row.Legs.Exists(leg => leg.Role == LegRole.OutsideParty && leg.CallSid.Value == item.LegSid);

    /// <summary>The call as it was when its first news could come: who takes part is known from their own requests.</summary>
    private Call Fresh() => new()
    {
        Id = row.Id,
        Direction = row.Direction,
        FromNumber = row.FromNumber,
        ToNumber = row.ToNumber,
        ConferenceName = row.ConferenceName,
        CustomerLeg = row.CustomerLeg,
        CallerName = row.CallerName,
        ParkedCallId = row.ParkedCallId,
        AgentId = row.Direction == CallDirection.Inbound ? null : row.AgentId,
        Status = row.Direction == CallDirection.Inbound ? CallStatus.Waiting : CallStatus.Preparing,
        CreatedAt = row.CreatedAt,
        OfferedAt = row.OfferedAt,
        Legs = [.. row.Legs.Select(l =>
            new CallLeg
            {
                CallId = row.Id, CallSid = l.CallSid, Role = l.Role, AgentId = l.AgentId, AskedAt = l.AskedAt,
                KeepsCustomer = l.KeepsCustomer,
            })],
        Transfers = row.IsInternal ? [.. row.Transfers.Select(asked => new CallTransfer
        {
            FromAgentId = asked.FromAgentId, ToAgentId = asked.ToAgentId, AskedAt = asked.AskedAt, ExpiresAt = asked.ExpiresAt,
        })] : [],
    };

    /// <summary>The one beside the agent of whom this is told.</summary>
    private static CallTransfer JoinedOf(Call call, CallEvent item)
    {
        var parties = CallStore.FromDetail<TransferParties>(item.Detail!);
        return call.FindJoined().First(party => (party.ToAgentId, party.ToNumber) == (parties.ToAgentId, parties.Outside));
    }

    private void Apply(Call call, CallEvent item)
    {
        switch (item.Kind)
        {
            case CallEventKind.Claimed:
                if (call.TryApply(CallTrigger.ClaimMade, item.At))
                {
                    (call.AgentId, call.ClaimedAt) = (item.AgentId, item.At);
                }

                break;
            case CallEventKind.HangUpUndone:
                Assert.True(call.TryUndoHangUp(item.At));
                break;
            case CallEventKind.HangUpStood:
                Assert.True(call.TryEnd(CallTrigger.HangUpStood, call.HungUpAt!.Value, CallOutcome.Answered, CallEnder.Agent));
                break;
            case CallEventKind.AgentNotBack or CallEventKind.Released or CallEventKind.LeaseLost:
                call.TryApply(CallTrigger.ClaimLost, item.At);
                break;
            case CallEventKind.OfferExpired:
                call.TryEnd(CallTrigger.OfferExpired, item.At, CallOutcome.Missed, CallEnder.System, "Nobody answered in time.");
                break;
            case CallEventKind.HungUp when call.AgentId == item.AgentId:
                if (call.TryEndParked(item.At) || call.TryHangUp(item.At))
                {
                    break;
                }

                if (call.Status == CallStatus.Claimed)
                {
                    call.TryApply(CallTrigger.ClaimLost, item.At);
                }
                else
                {
                    call.TryEnd(
                        CallTrigger.AgentLeft, item.At, call.AnsweredAt is null ? CallOutcome.Cancelled : CallOutcome.Answered,
                        CallEnder.Agent);
                }

                break;
            case CallEventKind.TransferAsked or CallEventKind.TakenOver or CallEventKind.HandedToAnother:
                var parties = CallStore.FromDetail<TransferParties>(item.Detail!);
                if (call.FindOpenTransfer() is { } together)
                {
                    together.State = TransferState.Joined; // all talked together when the next was brought in
                }

                call.Transfers.Add(new CallTransfer
                {
                    FromAgentId = parties.FromAgentId, ToAgentId = parties.ToAgentId, IsConsult = parties.IsConsult, AskedAt = item.At,
                    ExpiresAt = item.At.AddSeconds(20),
                    State = item.Kind == CallEventKind.TakenOver ? TransferState.Accepted : TransferState.Ringing,
                    ToNumber = parties.Outside, OutsideLeg = parties.Outside is null ? null : OutsideLeg,
                });
                break;
            case CallEventKind.JoinDecided when IsOutsidesAnswer(item):
                if (call.FindOpenTransfer() is { State: TransferState.Ringing } outside)
                {
                    outside.State = TransferState.Accepted;
                }

                break;
            case CallEventKind.TransferredToEverybody:
                Assert.True(call.TryOfferAgain(CallTrigger.AgentLost, item.At, TimeSpan.FromMinutes(1)));
                call.Transfers.Add(new CallTransfer { FromAgentId = item.AgentId!.Value, State = TransferState.Taken, EndedAt = item.At });
                break;
            case CallEventKind.ConsultPrivate or CallEventKind.ConsultTogether or CallEventKind.ConsultCustomer:
                break; // who hears whom is told by the carrier
            case CallEventKind.HandedOver:
                Assert.True(call.TryHandOver(item.At) || call.TryGiveTo(JoinedOf(call, item), item.At));
                break;
            case CallEventKind.Parked:
                Assert.True(call.TryPark(item.AgentId!.Value, item.At));
                break;
            case CallEventKind.Unparked:
                Assert.True(call.TryUnpark(item.At, parked: null));
                break;
            case CallEventKind.BroughtOver:
                Assert.True(call.MayBeJoined);
                call.JoinedToId = row.JoinedToId;
                break;
            case CallEventKind.CustomerTakenIn:
                call.Transfers.Add(row.Transfers.Where(party => party.FromCallId is not null).Select(party => new CallTransfer
                {
                    FromAgentId = party.FromAgentId, ToNumber = party.ToNumber, OutsideLeg = party.OutsideLeg,
                    FromCallId = party.FromCallId, State = TransferState.Joined, AskedAt = item.At, ExpiresAt = item.At,
                }).Single());
                break;
            case CallEventKind.PartyLeft:
                call.EndParty(JoinedOf(call, item), item.At);
                break;
            case CallEventKind.TransferAccepted:
                call.FindOpenTransfer()!.State = TransferState.Accepted;
                break;
            case CallEventKind.TransferDeclined or CallEventKind.TransferTimedOut or CallEventKind.TransferCancelled:
                var why = item.Kind switch
                {
                    CallEventKind.TransferDeclined => TransferState.Declined,
                    CallEventKind.TransferTimedOut => TransferState.TimedOut,
                    _ => TransferState.Cancelled,
                };
                call.EndTransfer(why, item.At, TimeSpan.FromMinutes(1));
                break;
            case CallEventKind.Arrived or CallEventKind.Dialled or CallEventKind.JoinDecided or CallEventKind.HungUp:
                break; // told by the call itself, or by a leg of it
            default:
                Assert.True(item is { Source: EventSource.Carrier, Detail: not null }, $"Nobody tells '{item.Kind}' again.");
                CarrierEventRules.Apply(call, item);
                break;
        }
    }
}
