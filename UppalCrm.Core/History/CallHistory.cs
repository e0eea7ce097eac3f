using System.Globalization;
using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.History;

/// <summary>Which calls of the history to show. What is null or false asks for nothing.</summary>
public sealed record HistoryFilter
{
    public CallDirection? Direction { get; init; }
    public CallOutcome? Outcome { get; init; }
    public int? AgentId { get; init; }
    public long? ContactId { get; init; }

    /// <summary>Callers whom nobody answered: abandoned, missed, or on the voicemail.</summary>
    public bool Missed { get; init; }

    public bool WithRecording { get; init; }

    /// <summary>The first moment, and the moment after the last.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>
    /// Beginnings of a name's words, or digits of a number: its beginning with or without the calling code, its last eight, seven, six or
    /// four.
    /// </summary>
    public string? Search { get; init; }
}

/// <summary>
/// A place in the history: the page goes on after this call. Never a count, so that a deep page costs what the first does.
/// </summary>
public readonly record struct HistoryPlace(DateTimeOffset At, long Id)
{
    /// <summary>E.g. <c>638756928000000000-4711</c>: UTC ticks and the call's id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks}-{Id}");

    /// <returns>Null for anything that is no place; people edit addresses.</returns>
    public static HistoryPlace? Parse(string? text) =>
        text?.Split('-') is [var ticks, var id]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.UtcTicks
        && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var call)
            ? new HistoryPlace(new DateTimeOffset(at, TimeSpan.Zero), call)
            : null;
}

/// <summary>One call as the history lists it.</summary>
/// <param name="Number">The customer's: E.164, or what the carrier says instead.</param>
/// <param name="Name">The contact's name, else what came with the call.</param>
/// <param name="WaitSeconds">From arriving or dialling until it was answered, or ended unanswered.</param>
/// <param name="MayHear">Whether this reader may hear the recording. Without one it is false.</param>
public sealed record HistoryRow(
    long Id, long Version, CallDirection Direction, CallStatus Status, CallOutcome? Outcome, string Number, string? Name, string? Company,
    long? ContactId,
    int? AgentId, string? AgentName, CallEnder? EndedBy, DateTimeOffset CreatedAt, DateTimeOffset? AnsweredAt, DateTimeOffset? EndedAt,
    int? DurationSeconds,
    int? WaitSeconds, bool HasRecording, int? RecordingSeconds, bool MayHear, string? Disposition, bool HasNotes)
{
    public HistoryPlace Place => new(CreatedAt, Id);

    public bool IsOpen => Status != CallStatus.Ended;

    public bool IsMissed => Outcome is CallOutcome.Abandoned or CallOutcome.Missed or CallOutcome.Voicemail;
}

/// <summary>Some calls in a row, newest first.</summary>
/// <param name="Newer">There are newer ones, before the first row.</param>
/// <param name="Older">There are older ones, after the last row.</param>
public sealed record HistorySlice(IReadOnlyList<HistoryRow> Rows, bool Newer, bool Older);

/// <summary>One thing that happened in a call.</summary>
/// <param name="Who">The agent's name, where an agent did it or it happened to their leg.</param>
/// <param name="Note">What was said about a transfer to an outside number.</param>
public sealed record HistoryEvent(
    CallEventKind Kind, EventSource Source, DateTimeOffset At, string? Who, LegRole? Leg, string? Detail, string? Note = null);

/// <summary>One party's connection.</summary>
/// <param name="Number">An outside party's; null for all others.</param>
public sealed record HistoryLeg(LegRole Role, string? AgentName, DateTimeOffset? JoinedAt, DateTimeOffset? LeftAt, string? Number = null);

/// <summary>Everything the history knows of one call.</summary>
/// <param name="MayWrite">Whether this reader may change the notes.</param>
public sealed record HistoryDetails(
    HistoryRow Row, string Line, string? CallerName, string? EndReason, string? Notes, bool MayWrite, int? FollowUpAgentId,
    string? FollowUpAgentName,
    DateTimeOffset? FollowedUpAt, IReadOnlyList<HistoryLeg> Legs, IReadOnlyList<HistoryEvent> Events);

/// <summary>Who reads: everybody sees the team's calls; recordings are for those who may hear them.</summary>
public readonly record struct HistoryReader(int AgentId, bool Supervises);

/// <summary>
/// The calls of the past and of this moment, one row a call. Pages by place, searches by index: as fast at a million calls as at ten.
/// </summary>
public sealed class CallHistory(IDbContextFactory<CrmDbContext> contexts)
{
    /// <summary>More events than a call can reasonably have; a noisy one is cut here.</summary>
    private const int MostEvents = 500;

    /// <summary>The newest calls.</summary>
    public Task<HistorySlice> GetNewestAsync(HistoryFilter filter, HistoryReader reader, int size, CancellationToken cancellationToken) =>
        GetAsync(filter, reader, null, newer: false, size, cancellationToken);

    /// <summary>The calls that come after this place, further into the past.</summary>
    public Task<HistorySlice> GetOlderAsync(
        HistoryFilter filter, HistoryReader reader, HistoryPlace than, int size, CancellationToken cancellationToken) =>
        GetAsync(filter, reader, than, newer: false, size, cancellationToken);

    /// <summary>The calls just before this place. The newest page, when there are too few to fill one.</summary>
    public async Task<HistorySlice> GetNewerAsync(
        HistoryFilter filter, HistoryReader reader, HistoryPlace than, int size, CancellationToken cancellationToken)
    {
        var page = await GetAsync(filter, reader, than, newer: true, size, cancellationToken);
        return page.Newer ? page : await GetNewestAsync(filter, reader, size, cancellationToken);
    }

    /// <summary>These calls as they are now, where they (still) belong to the filter; for a page that heard of a change.</summary>
    public async Task<IReadOnlyList<HistoryRow>> GetRowsAsync(
        IReadOnlyCollection<long> callIds, HistoryReader reader, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = Project(OfCustomers(db.Calls).Where(c => callIds.Contains(c.Id)), reader);
        return [.. (await rows.ToListAsync(cancellationToken)).Select(Finish)];
    }

    /// <summary>Everything about one call; null when there is none of this id.</summary>
    public async Task<HistoryDetails?> FindAsync(long callId, HistoryReader reader, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await Project(OfCustomers(db.Calls).Where(c => c.Id == callId), reader).FirstOrDefaultAsync(cancellationToken);
        if (row is null)
        {
            return null;
        }

        var call = await db.Calls.AsNoTracking().Where(c => c.Id == callId).Select(c => new
        {
            c.FromNumber, c.ToNumber, c.CallerName, c.EndReason, c.Notes, c.AgentId, c.FollowUpAgentId, c.FollowedUpAt,
            FollowUpName = db.Agents.Where(a => a.Id == c.FollowUpAgentId).Select(a => a.DisplayName).FirstOrDefault(),
        }).FirstAsync(cancellationToken);
        var legs = await db.Legs.AsNoTracking().Where(l => l.CallId == callId).OrderBy(l => l.JoinedAt ?? l.LeftAt).ThenBy(l => l.Id)
            .Select(l => new
            {
                l.CallSid, l.Role, l.JoinedAt, l.LeftAt,
                Name = db.Agents.Where(a => a.Id == l.AgentId).Select(a => a.DisplayName).FirstOrDefault(),
                Number = db.Transfers.Where(t => t.CallId == callId && t.OutsideLeg == l.CallSid).Select(t => t.ToNumber).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        var events = await db.Events.AsNoTracking().Where(e => e.CallId == callId).OrderBy(e => e.Id).Take(MostEvents)
            .Select(e => new { e.Kind, e.Source, e.At, e.LegSid, e.Detail, Name = db.Agents.Where(a => a.Id == e.AgentId).Select(a =>
                a.DisplayName).FirstOrDefault() })
            .ToListAsync(cancellationToken);
        var notes = (await db.Transfers.Where(t => t.CallId == callId && t.ToNumber != null && t.Note != null)
            .Select(t => new { t.AskedAt, t.Note }).ToListAsync(cancellationToken)).ToLookup(t => t.AskedAt, t => t.Note);
        // The carrier tells whole seconds: what followed the beginning may bear a time before it.
        var beginning = events.Count > 0 ? events[0].At : default;
        var legBySid = legs.ToDictionary(l => l.CallSid.Value, l => l);
        return new HistoryDetails(
            Finish(row), call.FromNumber == row.Number ? call.ToNumber : call.FromNumber, call.CallerName, call.EndReason, call.Notes,
            call.AgentId == reader.AgentId || call.FollowUpAgentId == reader.AgentId,
            call.FollowUpAgentId, call.FollowUpName, call.FollowedUpAt,
            [.. legs.Select(l => new HistoryLeg(l.Role, l.Name, l.JoinedAt, l.LeftAt, l.Number))],
            [.. events.OrderBy(e => e.At < beginning ? beginning : e.At).Select(e => legBySid.GetValueOrDefault(e.LegSid ?? "") is { } leg
                ? new HistoryEvent(e.Kind, e.Source, e.At, e.Name ?? leg.Name, leg.Role, e.Detail)
                : new HistoryEvent(
                    e.Kind, e.Source, e.At, e.Name, null, e.Detail,
                    e.Kind == CallEventKind.TransferAsked ? notes[e.At].FirstOrDefault() : null))]);
    }

    /// <summary>
    /// All calls of the filter, newest first, at most <paramref name="most"/>. Read in short pieces: a slow reader holds up no writer.
    /// </summary>
    public async IAsyncEnumerable<HistoryRow> ReadAllAsync(
        HistoryFilter filter, HistoryReader reader, int most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HistoryPlace? place = null;
        for (var left = most; left > 0;)
        {
            var page = await GetAsync(filter, reader, place, newer: false, Math.Min(left, 5_000), cancellationToken);
            foreach (var row in page.Rows)
            {
                yield return row;
            }

            left -= page.Rows.Count;
            if (!page.Older)
            {
                yield break;
            }

            place = page.Rows[^1].Place;
        }
    }

    /// <summary>For tests and measurements: the page's query, as the database gets it.</summary>
    internal IQueryable<object> PageQuery(
        CrmDbContext db, HistoryFilter filter, HistoryReader reader, HistoryPlace? place, bool newer, int size) =>
        Project(Page(db, filter, place, newer, size), reader);

    private async Task<HistorySlice> GetAsync(
        HistoryFilter filter, HistoryReader reader, HistoryPlace? place, bool newer, int size, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await Project(Page(db, filter, place, newer, size + 1), reader).ToListAsync(cancellationToken);
        var more = found.Count > size;
        if (more)
        {
            found.RemoveAt(size);
        }

        if (newer)
        {
            found.Reverse();
        }

        return new HistorySlice([.. found.Select(Finish)], Newer: newer ? more : place is not null, Older: newer || more);
    }

    private IQueryable<Call> Page(CrmDbContext db, HistoryFilter filter, HistoryPlace? place, bool newer, int size)
    {
        var calls = OfCustomers(db.Calls).AsNoTracking();
        if (SearchTerms.Read(filter.Search) is not { } words)
        {
            calls = Narrow(calls, filter);
            if (place is { } here)
            {
                // The first condition is the one an index can jump to; the second settles calls of the same moment.
                calls = newer
                    ? calls.Where(c => c.CreatedAt >= here.At && (c.CreatedAt > here.At || c.Id > here.Id))
                    : calls.Where(c => c.CreatedAt <= here.At && (c.CreatedAt < here.At || c.Id < here.Id));
            }

            return (newer ? calls.OrderBy(c => c.CreatedAt).ThenBy(c => c.Id) : calls.OrderByDescending(c =>
                c.CreatedAt).ThenByDescending(c => c.Id)).Take(size);
        }

        // The search index hands out ids in their order, which is the order of coming; it could not do so by time.
        if (db is SqliteCrmDbContext sqlite)
        {
            var match = words.ToMatch();
            var hits = sqlite.CallSearch.Where(s => s.Match == match);
            if (place is { } here)
            {
                hits = newer ? hits.Where(s => s.Id > here.Id) : hits.Where(s => s.Id < here.Id);
            }

            var found = from hit in hits
                        join call in Narrow(calls, filter) on hit.Id equals call.Id
                        select new { hit.Id, call };
            return (newer ? found.OrderBy(f => f.Id) : found.OrderByDescending(f => f.Id)).Take(size).Select(f => f.call);
        }

        calls = SearchTermTables.Find(db, Narrow(calls, filter), words);
        if (place is { } there)
        {
            calls = newer ? calls.Where(c => c.Id > there.Id) : calls.Where(c => c.Id < there.Id);
        }

        return (newer ? calls.OrderBy(c => c.Id) : calls.OrderByDescending(c => c.Id)).Take(size);
    }

    /// <summary>Without those between agents, which are nobody's history.</summary>
    internal static IQueryable<Call> OfCustomers(IQueryable<Call> calls) => calls.Where(c => c.Direction != CallDirection.Internal);

    private static IQueryable<Call> Narrow(IQueryable<Call> calls, HistoryFilter filter)
    {
        if (filter.Direction is { } direction)
        {
            calls = calls.Where(c => c.Direction == direction);
        }

        if (filter.Outcome is { } outcome)
        {
            calls = calls.Where(c => c.Outcome == outcome);
        }

        if (filter.Missed)
        {
            calls = calls.Where(MissedCalls.IsMissed);
        }

        if (filter.AgentId is { } agent)
        {
            calls = calls.Where(c => c.AgentId == agent);
        }

        if (filter.ContactId is { } contact)
        {
            calls = calls.Where(c => c.ContactId == contact);
        }

        if (filter.WithRecording)
        {
            calls = calls.Where(c => c.RecordingSid != null);
        }

        if (filter.From is { } from)
        {
            calls = calls.Where(c => c.CreatedAt >= from);
        }

        if (filter.Until is { } until)
        {
            calls = calls.Where(c => c.CreatedAt < until);
        }

        return calls;
    }

    private static IQueryable<HistoryRow> Project(IQueryable<Call> calls, HistoryReader reader)
    {
        var (me, supervises) = (reader.AgentId, reader.Supervises);
        return calls.Select(c => new HistoryRow(
            c.Id, c.Version, c.Direction, c.Status, c.Outcome, c.Direction == CallDirection.Inbound ? c.FromNumber : c.ToNumber,
            c.Contact!.Name ?? c.CallerName,
            c.Contact!.Company, c.ContactId, c.AgentId, c.Agent!.DisplayName, c.EndedBy, c.CreatedAt, c.AnsweredAt, c.EndedAt,
            c.DurationSeconds, null,
            c.RecordingSid != null, c.RecordingDurationSeconds,
            // The rule is RecordingAccess.MayHear; a test holds the two together.
            c.RecordingSid != null && (supervises || c.AgentId == me || c.FollowUpAgentId == me || c.Outcome == CallOutcome.Voicemail),
            c.Disposition, c.Notes != null && c.Notes != ""));
    }

    private static HistoryRow Finish(HistoryRow row) =>
        row with { WaitSeconds = (row.AnsweredAt ?? row.EndedAt) is { } until
            ? (int)Math.Max(0, Math.Round((until - row.CreatedAt).TotalSeconds))
            : null };
}
