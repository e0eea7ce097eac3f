using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// What the carrier says. Every method may be called late, twice, out of order and by several nodes at once: the first effective
/// time changes the call, every other time changes nothing.
/// </summary>
public sealed class CarrierEventHandler
{
    private readonly IDbContextFactory<CrmDbContext> _contexts;
    private readonly CallStore _writer;
    private readonly CallEffects _carrier;
    private readonly InboundCallBatcher? _journal;
    private readonly ContactBook _contacts;
    private readonly AuditLog _audit;
    private readonly IOptionsMonitor<CallOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CarrierEventHandler> _logger;

    /// <summary>News that no call has taken up yet, of this room, leg or conference, in the carrier's order. Nearly always none.</summary>
    private readonly Func<CrmDbContext, string, string?, string?, IAsyncEnumerable<CallEvent>> _early = EF.CompileAsyncQuery(
        (CrmDbContext db, string room, string? leg, string? conference) => db.Events.AsNoTracking()
            .Where(e => e.CallId == null && (e.ConferenceName == room || (leg != null && e.LegSid == leg) || (conference != null && e.ConferenceSid == conference)))
            .OrderBy(e => e.Sequence).ThenBy(e => e.Id).AsQueryable());

    public CarrierEventHandler(
        IDbContextFactory<CrmDbContext> contexts, CallStore writer, CallEffects carrier, InboundCallBatcher? journal, ContactBook contacts, AuditLog audit,
        IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CarrierEventHandler> logger)
    {
        (_contexts, _writer, _carrier, _journal, _contacts, _audit) = (contexts, writer, carrier, journal, contacts, audit);
        (_options, _time, _logger) = (options, time, logger);
        carrier.LegNamed = ApplyUnmatchedEventsAsync;
    }

    /// <summary>
    /// Asks the database once for what the first call will ask, and finds nothing: a caller or an agent who comes right after a start
    /// must not wait while queries are being compiled.
    /// </summary>
    internal async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var nobody = new CallSid("");
        await _contacts.MatchAsync("+10000000000", cancellationToken);
        await _writer.FindAsync(0, cancellationToken);
        await _writer.ReadAsync(c => c.CustomerLeg == nobody, cancellationToken);
        await _writer.ChangeByConferenceNameAsync("", null, _ => false, cancellationToken);
        await _writer.ChangeOfLegAsync(nobody, null, _ => false, cancellationToken);
        await FindDecisionAsync(nobody, cancellationToken);
    }

    /// <summary>The room in which this caller waits.</summary>
    public static string WaitingConferenceOf(CallSid leg) => $"incoming-{leg}";

    /// <summary>A customer called. Also for the same request again: the call is then given as it is now.</summary>
    public async Task<Call> CallerArrivedAsync(CallerArrived news, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var call = new Call
        {
            Direction = CallDirection.Inbound,
            FromNumber = Cut(news.From, 128),
            ToNumber = Cut(news.To, 128),
            CallerName = news.CallerName is { Length: > 0 } name ? Cut(name, 120) : null,
            ConferenceName = WaitingConferenceOf(news.Leg),
            CustomerLeg = news.Leg,
            Status = CallStatus.Waiting,
            CreatedAt = now,
            OfferedAt = now,
            ExpiresAt = now + _options.CurrentValue.OfferTimeout,
            Version = 1,
            Legs = [new CallLeg { CallSid = news.Leg, Role = LegRole.Customer }],
        };
        var row = new CallEvent
        {
            Key = $"arrived:{news.Leg}",
            Kind = "arrived",
            Source = EventSource.Carrier,
            At = now,
            ReceivedAt = now,
            LegSid = news.Leg.Value,
            ConferenceName = call.ConferenceName,
        };
        var arrival = _journal is { } journal
            ? await journal.WriteAsync(call, row, PhoneNumber.TryParse(news.From, out var number) ? number.Value : null, cancellationToken)
            : await CreateAsync(call, row, news.From, cancellationToken);
        if (!arrival.IsNew)
        {
            return await _writer.ReadAsync(c => c.CustomerLeg == news.Leg, cancellationToken)
                ?? throw new InvalidOperationException($"Leg {news.Leg} is known and cannot be found.");
        }

        _logger.LogInformation("Call {CallId} arrived as {Leg}", call.Id, news.Leg);
        return arrival.HasUnmatchedEvents ? await ApplyUnmatchedEventsAsync(call, cancellationToken) ?? call : call;
    }

    /// <summary>Where the database groups commits by itself (SQL Server): an arrival as any other new call.</summary>
    private async Task<Arrival> CreateAsync(Call call, CallEvent row, string from, CancellationToken cancellationToken)
    {
        call.ContactId = (await _contacts.MatchAsync(from, cancellationToken))?.Id;
        return new Arrival(await _writer.TryCreateAsync(call, row, occupyAgent: false, cancellationToken), HasUnmatchedEvents: true);
    }

    /// <summary>A softphone asks to join a room. Only the agent to whom the call belongs may.</summary>
    public async Task<JoinDecision> AgentConnectingAsync(CallSid leg, int agentId, string conferenceName, CancellationToken cancellationToken)
    {
        if (await FindDecisionAsync(leg, cancellationToken) is { } before)
        {
            return before;
        }

        var call = conferenceName.Length is > 0 and <= 128
            ? await _writer.ReadAsync(c => c.ConferenceName == conferenceName, cancellationToken)
            : null;
        var refusal = call switch
        {
            null => "no such conference",
            { IsOpen: false } => "the call is over",
            _ when call.AgentId != agentId => "the call belongs to somebody else",
            _ when call.Legs.Any(l => l.Role == LegRole.Agent && l.CallSid != leg && l.AgentId == agentId && l.IsIn) => "the agent is in the conference already",
            _ => null,
        };
        if (refusal is not null)
        {
            return await RefuseAsync(leg, agentId, call?.Id, refusal, cancellationToken);
        }

        var allowed = new JoinDecision.Allowed(call!.Id, call.Direction, conferenceName);
        var added = false;
        var change = await _writer.ChangeAsync(call.Id, () => added ? Decided(leg, agentId, call.Id, allowed) : null, c =>
        {
            added = false;
            if (c.FindLeg(leg) is not null || c.AgentId != agentId || !c.IsOpen)
            {
                return false;
            }

            c.LegOf(leg, LegRole.Agent, agentId);
            return added = true;
        }, cancellationToken);
        return change.Call?.FindLeg(leg) is { Role: LegRole.Agent } mine && mine.AgentId == agentId && change.Call.IsOpen
            ? allowed
            : await RefuseAsync(leg, agentId, call.Id, "the call went to somebody else", cancellationToken);
    }

    /// <summary>
    /// A supervisor's softphone asks to join a room. The caller has checked the role; this checks that there is something to hear,
    /// and that whoever whispers has an agent to whisper to.
    /// </summary>
    public async Task<JoinDecision> SupervisorConnectingAsync(
        CallSid leg, int supervisorId, string conferenceName, SupervisorMode mode, CancellationToken cancellationToken)
    {
        if (await FindDecisionAsync(leg, cancellationToken) is { } before)
        {
            return before;
        }

        var call = await _writer.ReadAsync(c => c.ConferenceName == conferenceName, cancellationToken);
        var agentLeg = call?.Legs.FirstOrDefault(l => l.Role == LegRole.Agent && l.IsIn);
        var refusal = call switch
        {
            null => "no such conference",
            not { Status: CallStatus.Connected } => "nobody is talking in it",
            _ when mode == SupervisorMode.Whisper && agentLeg is null => "there is no agent to whisper to",
            _ when mode == SupervisorMode.Whisper && agentLeg!.Held => "the agent is on hold and would not hear a whisper",
            _ when call.AgentId == supervisorId => "the supervisor is the agent of this call",
            _ => null,
        };
        if (refusal is not null)
        {
            return await RefuseAsync(leg, supervisorId, call?.Id, refusal, cancellationToken);
        }

        var allowed = new JoinDecision.Allowed(call!.Id, call.Direction, conferenceName, mode, mode == SupervisorMode.Whisper ? agentLeg!.CallSid : null);
        await _writer.ChangeAsync(call.Id, () => Decided(leg, supervisorId, call.Id, allowed), c =>
        {
            if (c.FindLeg(leg) is not null)
            {
                return false;
            }

            var added = c.LegOf(leg, LegRole.Supervisor, supervisorId);
            added.Muted = mode == SupervisorMode.Listen;
            added.Coaching = mode == SupervisorMode.Whisper;
            added.CoachedLeg = mode == SupervisorMode.Whisper ? agentLeg!.CallSid : null;
            return true;
        }, cancellationToken);
        await _audit.WriteAsync($"{mode.ToString().ToLowerInvariant()}-started", supervisorId, call.Id, null, cancellationToken);
        return allowed;
    }

    /// <summary>
    /// The customer whom we dialled answered. An answer can overtake the carrier's reply to the order: while the call has no leg yet,
    /// the first one to the dialled number is it, once.
    /// </summary>
    public async Task<JoinDecision> CustomerAnsweredAsync(CallSid leg, string conferenceName, string dialled, CancellationToken cancellationToken)
    {
        if (await FindDecisionAsync(leg, cancellationToken) is { } before)
        {
            return before;
        }

        var now = _time.GetUtcNow();
        JoinDecision.Allowed? allowed = null;
        var change = await _writer.ChangeByConferenceNameAsync(conferenceName, () => allowed is null ? null : Decided(leg, null, allowed.CallId, allowed), c =>
        {
            allowed = null;
            if (c.Direction != CallDirection.Outbound || !c.IsOpen || (c.CustomerLeg ?? leg) != leg || (c.CustomerLeg is null && c.ToNumber != dialled))
            {
                return false;
            }

            allowed = new JoinDecision.Allowed(c.Id, c.Direction, conferenceName);
            c.CustomerLeg = leg;
            c.LegOf(leg, LegRole.Customer);
            c.DialState = LegState.InProgress;
            return c.TryApply(CallTrigger.CustomerAnswered, now);
        }, cancellationToken);
        if (allowed is not null || (change.WasKnown && change.Call?.CustomerLeg == leg))
        {
            var call = await ApplyUnmatchedEventsAsync(change.Call!, cancellationToken) ?? change.Call!;
            return new JoinDecision.Allowed(call.Id, call.Direction, conferenceName);
        }

        return await RefuseAsync(leg, null, change.Call?.Id, change.Call is null ? "no such conference" : "the call is over or has another customer", cancellationToken);
    }

    public async Task ReportAsync(ConferenceEvent news, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var name = news.ConferenceName;
        CallEvent Row() => new()
        {
            Key = $"{news.ConferenceSid}:{news.Sequence}",
            Kind = $"conference-{news.Happening.ToString().ToLowerInvariant()}",
            Source = EventSource.Carrier,
            At = news.At ?? now,
            ReceivedAt = now,
            LegSid = news.Leg?.Value,
            ConferenceSid = Cut(news.ConferenceSid, 34),
            ConferenceName = Cut(name, 128),
            Sequence = news.Sequence,
            Detail = CallStore.ToDetail(news),
        };
        var before = Snapshot.None;
        var change = await _writer.ChangeByConferenceNameAsync(name, Row, c =>
        {
            before = Snapshot.Of(c);
            return CarrierEventRules.Apply(c, news, now);
        }, cancellationToken);
        if (change.Call is null)
        {
            await KeepAsync(Row(), () => _writer.ReadAsync(c => c.ConferenceName == name, cancellationToken), cancellationToken);
        }
        else
        {
            await FollowUpAsync(before, change, news.Leg, cancellationToken);
        }
    }

    public async Task ReportAsync(LegEvent news, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        CallEvent Row() => new()
        {
            Key = news.Sequence is { } sequence ? $"{news.Leg}:{sequence}" : news.Key ?? $"{news.Leg}:{news.State}",
            Kind = $"leg-{news.State.ToString().ToLowerInvariant()}",
            Source = EventSource.Carrier,
            At = news.At ?? now,
            ReceivedAt = now,
            LegSid = news.Leg.Value,
            Sequence = news.Sequence,
            Detail = CallStore.ToDetail(news),
        };
        var before = Snapshot.None;
        var change = await _writer.ChangeOfLegAsync(news.Leg, Row, c =>
        {
            before = Snapshot.Of(c);
            return CarrierEventRules.Apply(c, news, now);
        }, cancellationToken);
        if (change.Call is null)
        {
            await KeepAsync(Row(), () => _writer.FindOfLegAsync(news.Leg, cancellationToken), cancellationToken);
        }
        else
        {
            await FollowUpAsync(before, change, news.Leg, cancellationToken);
        }
    }

    public async Task ReportAsync(RecordingEvent news, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        CallEvent Row() => new()
        {
            Key = $"{news.RecordingSid}:{(news.IsAbsent ? "absent" : "completed")}",
            Kind = news.IsAbsent ? "recording-absent" : "recording-completed",
            Source = EventSource.Carrier,
            At = news.At ?? now,
            ReceivedAt = now,
            LegSid = news.Leg?.Value,
            ConferenceSid = news.ConferenceSid is { } conference ? Cut(conference, 34) : null,
            Detail = CallStore.ToDetail(news),
        };
        Change change = default;
        if (news.ConferenceSid is { } sid)
        {
            change = await _writer.ChangeInConferenceAsync(sid, Row, c => CarrierEventRules.Apply(c, news), cancellationToken);
        }

        if (change.Call is null && news.Leg is { } leg)
        {
            change = await _writer.ChangeOfLegAsync(leg, Row, c => CarrierEventRules.Apply(c, news), cancellationToken);
        }

        if (change.Call is null)
        {
            await KeepAsync(
                Row(),
                async () => (news.ConferenceSid is { } conference ? await _writer.ReadAsync(c => c.ConferenceSid == conference, cancellationToken) : null)
                    ?? (news.Leg is { } customer ? await _writer.FindOfLegAsync(customer, cancellationToken) : null),
                cancellationToken);
        }
    }

    /// <summary>What follows at the carrier from a change that this news made. Only the one who made the change does it.</summary>
    private async Task FollowUpAsync(Snapshot before, Change change, CallSid? about, CancellationToken cancellationToken)
    {
        if (!change.Changed || change.Call is not { } call)
        {
            return;
        }

        if (before.ConferenceSid is null && call.ConferenceSid is not null)
        {
            await ApplyUnmatchedEventsAsync(call, cancellationToken);
        }

        if (before.Status == CallStatus.Preparing && call.Status == CallStatus.Dialing)
        {
            _carrier.Dial(call);
        }

        if (before.Status != CallStatus.Ended && call.Status == CallStatus.Ended)
        {
            _logger.LogInformation("Call {CallId} ended: {Outcome}, by {EndedBy}", call.Id, call.Outcome, call.EndedBy);
            _carrier.TidyUp(call);
        }

        if (about is { } sid && call.FindLeg(sid) is { Role: LegRole.Agent, IsIn: true } stray && stray.AgentId != call.AgentId)
        {
            _carrier.Remove(call, stray); // the loser of a race, or a leg that came after its lease ran out
        }

        if (about is { } moved && call is { IsOpen: true } && call.FindLeg(moved) is { Role: LegRole.Agent })
        {
            _carrier.WhisperAnew(call);
        }

        if (about is { } watched && call.FindLeg(watched) is { Role: LegRole.Supervisor, LeftAt: not null } gone && before.Status is not null && !before.Left.Contains(watched))
        {
            await _audit.WriteAsync("listen-ended", gone.AgentId, call.Id, null, cancellationToken);
        }
    }

    /// <summary>Keeps news of a call that we do not know, and looks again: the call may have become known while it was being kept.</summary>
    private async Task KeepAsync(CallEvent row, Func<Task<Call?>> find, CancellationToken cancellationToken)
    {
        await _writer.KeepOrphanAsync(row, cancellationToken);
        if (await find() is { } known)
        {
            await ApplyUnmatchedEventsAsync(known, cancellationToken);
        }
    }

    /// <summary>Applies news that came before the call, or before we knew which conference is whose.</summary>
    private async Task<Call?> ApplyUnmatchedEventsAsync(Call call, CancellationToken cancellationToken)
    {
        var early = new List<CallEvent>();
        await using (var db = await _contexts.CreateDbContextAsync(cancellationToken))
        {
            await foreach (var row in _early(db, call.ConferenceName, call.CustomerLeg?.Value, call.ConferenceSid).WithCancellation(cancellationToken))
            {
                early.Add(row);
            }

            if (early.Count == 0)
            {
                return null;
            }

            var ids = early.Select(e => e.Id).ToList();
            await db.Events.Where(e => ids.Contains(e.Id)).ExecuteUpdateAsync(set => set.SetProperty(e => e.CallId, call.Id), cancellationToken);
        }

        Call? last = null;
        foreach (var row in early.Where(e => e.Detail is not null))
        {
            var before = Snapshot.None;
            var change = await _writer.ChangeAsync(call.Id, null, c =>
            {
                before = Snapshot.Of(c);
                return row.Kind.Split('-')[0] switch
                {
                    "conference" => CarrierEventRules.Apply(c, CallStore.FromDetail<ConferenceEvent>(row.Detail!), row.ReceivedAt),
                    "leg" => CarrierEventRules.Apply(c, CallStore.FromDetail<LegEvent>(row.Detail!), row.ReceivedAt),
                    "recording" => CarrierEventRules.Apply(c, CallStore.FromDetail<RecordingEvent>(row.Detail!)),
                    _ => false,
                };
            }, cancellationToken);
            await FollowUpAsync(before, change, null, cancellationToken);
            last = change.Call ?? last;
        }

        return last;
    }

    private async Task<JoinDecision> RefuseAsync(CallSid leg, int? agentId, long? callId, string why, CancellationToken cancellationToken)
    {
        _logger.LogWarning("A leg was refused a conference: {Why} (agent {AgentId}, call {CallId})", why, agentId, callId);
        var refused = new JoinDecision.Refused(why);
        await _writer.KeepOrphanAsync(Decided(leg, agentId, callId, refused), cancellationToken);
        await _audit.WriteAsync("join-refused", agentId, callId, why, cancellationToken);
        return refused;
    }

    /// <summary>What a leg was answered when it asked for a room: the same request again gets the same answer, and changes nothing.</summary>
    private CallEvent Decided(CallSid leg, int? agentId, long? callId, JoinDecision decision)
    {
        var now = _time.GetUtcNow();
        return new CallEvent
        {
            CallId = callId,
            Key = DecisionOf(leg),
            Kind = "joining",
            Source = EventSource.Carrier,
            At = now,
            ReceivedAt = now,
            AgentId = agentId,
            LegSid = leg.Value,
            Detail = CallStore.ToDetail(decision),
        };
    }

    /// <returns>Null for a leg that asks for the first time, and for one whose call has gone to somebody else since.</returns>
    private async Task<JoinDecision?> FindDecisionAsync(CallSid leg, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var key = DecisionOf(leg);
        var row = await db.Events.AsNoTracking().Where(e => e.Key == key).Select(e => new
        {
            e.Detail,
            IsAnothers = e.AgentId != null && db.Calls.Any(c => c.Id == e.CallId && c.Status != CallStatus.Ended && c.AgentId != e.AgentId && c.Direction == CallDirection.Inbound),
        }).FirstOrDefaultAsync(cancellationToken);
        return row?.Detail is not { } detail ? null : CallStore.FromDetail<JoinDecision>(detail) switch
        {
            JoinDecision.Allowed { Supervisor: null } when row.IsAnothers => null,
            var decision => decision,
        };
    }

    private static string DecisionOf(CallSid leg) => $"joining:{leg}";

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    /// <summary>How the call stood before the news.</summary>
    private sealed record Snapshot(CallStatus? Status, string? ConferenceSid, IReadOnlySet<CallSid> Left)
    {
        public static readonly Snapshot None = new(null, null, new HashSet<CallSid>());

        public static Snapshot Of(Call call) =>
            new(call.Status, call.ConferenceSid, call.Legs.Where(l => l.LeftAt is not null).Select(l => l.CallSid).ToHashSet());
    }
}
