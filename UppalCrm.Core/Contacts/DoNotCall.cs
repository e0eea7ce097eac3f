using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Contacts;

/// <summary>A number that must not be called, no matter who has it.</summary>
public sealed class DoNotCallNumber
{
    /// <summary>E.164.</summary>
    public required string Number { get; set; }

    public required string Reason { get; set; }
    public int AgentId { get; set; }

    /// <summary>When it was said last; of one that only an import named, <see cref="ImportRun.StartedAt"/>.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>The import that brought it, so that its undo lifts it, unless somebody else has named it since.</summary>
    public long? ImportRunId { get; set; }
}

/// <summary>
/// Numbers that must not be called. Asked before every dial, no matter who dials; every change and every refusal is on record.
/// </summary>
public sealed class DoNotCallList(IDbContextFactory<CrmDbContext> contexts, AuditLog audit, TimeProvider time)
{
    internal const int LongestReason = 200;
    private const int ShortestReason = 6; // in a file, shorter ones mean yes or no

    /// <summary>Why a number must not be called; null when it may be.</summary>
    /// <param name="number">E.164; anything else may be called as far as this list goes.</param>
    public async Task<DoNotCallNumber?> FindAsync(string number, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.DoNotCall.AsNoTracking().FirstOrDefaultAsync(n => n.Number == number, cancellationToken);
    }

    /// <summary>Which of these numbers must not be called.</summary>
    public async Task<IReadOnlyDictionary<string, DoNotCallNumber>> FindAsync(
        IReadOnlyCollection<string> numbers, CancellationToken cancellationToken)
    {
        if (numbers.Count == 0)
        {
            return new Dictionary<string, DoNotCallNumber>();
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var exact = db.ExactCollation;
        return await db.DoNotCall.AsNoTracking()
            .Where(n => EF.Parameter(numbers).Select(number => EF.Functions.Collate(number, exact)).Contains(n.Number))
            .ToDictionaryAsync(n => n.Number, cancellationToken);
    }

    /// <summary>Asks before a call goes out, and puts a refusal on record.</summary>
    /// <returns>Words for the agent; null when the number may be called.</returns>
    public async Task<Refusal?> WhyNotAsync(PhoneNumber number, int agentId, CancellationToken cancellationToken)
    {
        if (await FindAsync(number.Value, cancellationToken) is not { } listed)
        {
            return null;
        }

        await audit.WriteAsync(AuditAction.DialRefused, agentId, null, $"do not call: {Ending(number.Value)}", cancellationToken);
        return new Refusal(
            $"This number must not be called: {listed.Reason.TrimEnd('.')}. A supervisor can lift this on the contact's page.");
    }

    /// <summary>From now on the number is not called.</summary>
    /// <param name="reason">What the person who must not be called said, or who decided it.</param>
    public async Task<Result> AddAsync(PhoneNumber number, string reason, int agentId, CancellationToken cancellationToken)
    {
        reason = CardNumbers.Mask(KeptText.OneLine(reason))!;
        if (reason.Length is < ShortestReason or > LongestReason)
        {
            return new Refusal($"Say why, in {ShortestReason} to {LongestReason} characters.");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.DoNotCall.Add(new DoNotCallNumber { Number = number.Value, Reason = reason, AgentId = agentId, At = time.GetUtcNow() });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            // What only a file said is now said by a person: the undo of the import does not lift it.
            var now = time.GetUtcNow();
            if (await OnlyImported(db).Where(n => n.Number == number.Value).ExecuteUpdateAsync(
                set => set.SetProperty(n => n.Reason, reason).SetProperty(n => n.AgentId, agentId).SetProperty(n => n.At, now),
                cancellationToken) == 0)
            {
                return new Refusal("This number is not called already.");
            }
        }

        await audit.WriteAsync(AuditAction.DoNotCallSet, agentId, null, Ending(number.Value), cancellationToken);
        return Result.Done;
    }

    /// <summary>The number may be called again.</summary>
    /// <param name="supervisor">Who decided it; the caller has checked the right.</param>
    public async Task LiftAsync(PhoneNumber number, int supervisor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.DoNotCall.Where(n => n.Number == number.Value).ExecuteDeleteAsync(cancellationToken) == 1)
        {
            await audit.WriteAsync(AuditAction.DoNotCallLifted, supervisor, null, Ending(number.Value), cancellationToken);
        }
    }

    /// <summary>The numbers that an import brought, and that nobody else has named since.</summary>
    internal static IQueryable<DoNotCallNumber> OnlyImported(CrmDbContext db) =>
        db.DoNotCall.Where(n => db.ImportRuns.Any(run => run.Id == n.ImportRunId && run.StartedAt == n.At));

    /// <summary>Whole numbers do not stand in the audit.</summary>
    private static string Ending(string number) => $"number ending in {number[^4..]}";
}
