using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Supervision;

/// <summary>Dana talks with a customer; Sam supervises.</summary>
internal sealed record SupervisionFloor(CallCentre Centre, int Dana, int Sam, Call Call) : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public CallSupervision Supervision => Centre.Get<CallSupervision>();

    public CallSid DanasLeg => Call.Legs.Single(leg => leg.Role == LegRole.Agent).CallSid;

    public static async Task<SupervisionFloor> OpenAsync(params (string Key, string Value)[] settings)
    {
        var centre = await CallCentre.OpenAsync(settings);
        var dana = await centre.HireAsync("Dana");
        await centre.PromoteAsync(dana, Roles.Agent);
        var sam = await centre.HireSupervisorAsync();
        return new SupervisionFloor(centre, dana, sam, await centre.InCallAsync(dana));
    }

    public async Task<CallSid> SamJoinsAsync(SupervisorMode mode)
    {
        var leg = Centre.NewLeg();
        Assert.IsType<JoinDecision.Allowed>(
            await Centre.Get<CarrierEventHandler>().SupervisorConnectingAsync(leg, Sam, Call.ConferenceName, mode, Token));
        await Centre.TellAsync(Call, ConferenceEventKind.Joined, leg);
        return leg;
    }

    /// <summary>As after a reload: the new leg joins before the carrier has noticed that the old one is gone.</summary>
    public async Task DanaComesBackAsync(CallSid leg)
    {
        await using (var db = Centre.OpenDatabase())
        {
            db.Legs.Add(new CallLeg { CallId = Call.Id, CallSid = leg, Role = LegRole.Agent, AgentId = Dana });
            await db.SaveChangesAsync(Token);
        }

        await Centre.TellAsync(Call, ConferenceEventKind.Joined, leg);
    }

    public async Task<IReadOnlyList<(AuditAction Action, string? Detail)>> AuditAsync()
    {
        await using var db = Centre.OpenDatabase();
        var rows = await db.Audit.AsNoTracking().Where(row => row.Action != AuditAction.JoinRefused).OrderBy(row => row.Id)
            .ToListAsync();
        return [.. rows.Select(row => (row.Action, row.Detail))];
    }

    public ValueTask DisposeAsync() => Centre.DisposeAsync();
}
