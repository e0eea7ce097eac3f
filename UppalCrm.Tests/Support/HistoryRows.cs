using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Support;

/// <summary>A past to read: calls of every kind, the same ones each time.</summary>
internal static class HistoryRows
{
    public static readonly DateTimeOffset Begin = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    private static readonly string[] Names =
    [
        "Ada Byron", "Grace Moss", "Zoë Larsen", "Tomás Rey", "Li Wen", "Priya Nair", "Omar Haddad", "Janet O'Neil"
    ];

    /// <summary>Writes calls a minute apart, some in the same second as the one before.</summary>
    /// <returns>The agents' ids.</returns>
    public static async Task<int[]> WriteAsync(CallCentre centre, int count)
    {
        var agents = new[] { await centre.HireAsync("Dana"), await centre.HireAsync("Lee"), await centre.HireAsync("Sam") };
        await using var db = centre.OpenDatabase();
        await WriteAsync(db, agents, count);
        return agents;
    }

    /// <summary>The same into any database, among these agents.</summary>
    public static async Task WriteAsync(CrmDbContext db, int[] agents, int count)
    {
        db.ChangeTracker.AutoDetectChangesEnabled = false;
        var contacts = Names.Select((name, i) => new Contact
        {
            Name = name,
            Company = i % 2 == 0 ? "Northwind" : null,
            CreatedAt = Begin,
            UpdatedAt = Begin,
            Numbers = [new ContactNumber { Number = $"+1202555{100 + i:0000}" }],
        }).ToList();
        db.Contacts.AddRange(contacts);
        await db.SaveChangesAsync();

        var random = new Random(20260105);
        var at = Begin;
        for (var i = 0; i < count; i++)
        {
            at += i % 7 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(60);
            db.Calls.Add(ACall(i, at, random, agents, contacts));
            if (i % 2_000 == 1_999)
            {
                await db.SaveChangesAsync();
            }
        }

        await db.SaveChangesAsync();
    }

    private static Call ACall(int i, DateTimeOffset at, Random random, int[] agents, List<Contact> contacts)
    {
        var inbound = random.Next(3) > 0;
        var known = random.Next(4) == 0 ? contacts[random.Next(contacts.Count)] : null;
        var number = known?.Numbers[0].Number ?? $"+1{random.Next(201, 990)}555{random.Next(10_000):0000}";
        var outcome = (inbound, random.Next(10)) switch
        {
            (true, 0) => CallOutcome.Abandoned,
            (true, 1) => CallOutcome.Missed,
            (true, 2) => CallOutcome.Voicemail,
            (false, 0) => CallOutcome.NoAnswer,
            (false, 1) => CallOutcome.Busy,
            (false, 2) => CallOutcome.Failed,
            _ => CallOutcome.Answered,
        };
        var answered = outcome == CallOutcome.Answered;
        var seconds = random.Next(5, 900);
        return new Call
        {
            Direction = inbound ? CallDirection.Inbound : CallDirection.Outbound,
            FromNumber = inbound ? number : CallCentre.OurLine,
            ToNumber = inbound ? CallCentre.OurLine : number,
            CallerName = known is null && i % 5 == 0 ? $"Walter {(char)('A' + i % 26)}bbot" : null,
            ContactId = known?.Id,
            AgentId = answered || !inbound ? agents[random.Next(agents.Length)] : null,
            ConferenceName = $"conf-{i}",
            CustomerLeg = new CallSid($"CA{i + 0x1000000:x32}"),
            Status = CallStatus.Ended,
            Outcome = outcome,
            EndedBy = answered ? CallEnder.Customer : CallEnder.System,
            CreatedAt = at,
            OfferedAt = at,
            AnsweredAt = answered ? at + TimeSpan.FromSeconds(6) : null,
            EndedAt = at + TimeSpan.FromSeconds(6 + (answered ? seconds : 20)),
            DurationSeconds = answered ? seconds : null,
            RecordingSid = answered && random.Next(5) > 0 || outcome == CallOutcome.Voicemail ? $"RE{i:x32}" : null,
            RecordingDurationSeconds = answered ? seconds : 12,
            Version = 3,
        };
    }
}
