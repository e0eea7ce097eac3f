using System.Globalization;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.Audit;

/// <summary>Wires the audit: its download as CSV.</summary>
public static class AuditSetup
{
    public static WebApplication MapAudit(this WebApplication app)
    {
        app.MapGet("/audit/export.csv", ExportAsync).RequireAuthorization(policy => policy.RequireRole(Rights.RolesWith(Right.ReadAudit)))
            .RequireSecondLook();
        return app;
    }

    /// <summary>The filter of the page and of the download, from the same words of the address.</summary>
    /// <param name="from">First day in the floor's calendar, <c>yyyy-MM-dd</c>.</param>
    /// <param name="to">Last day, included.</param>
    internal static AuditFilter FilterOf(string? action, int? person, string? from, string? to, FloorOptions floor) => new(
        string.IsNullOrEmpty(action) ? null : AuditActions.Parse(action),
        person,
        TryDay(from, out var first) ? floor.StartOf(first) : null,
        TryDay(to, out var last) ? floor.StartOf(last.AddDays(1)) : null);

    internal static async Task<Results<EmptyHttpResult, ForbidHttpResult>> ExportAsync(
        string? action, int? person, string? from, string? to, ClaimsPrincipal user, HttpResponse response, AuditTrail trail,
        IOptionsMonitor<FloorOptions> floor,
        CancellationToken cancellationToken)
    {
        var rows = trail.ExportAsync(user.AgentId(), FilterOf(action, person, from, to, floor.CurrentValue), cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        await using (rows)
        {
            try
            {
                await rows.MoveNextAsync();
            }
            catch (NotAllowedException)
            {
                return TypedResults.Forbid(); // the role went after the sign-in
            }

            response.ContentType = "text/csv; charset=utf-8";
            response.Headers.ContentDisposition = "attachment; filename=audit.csv";
            response.Headers.CacheControl = "no-store";
            await response.WriteAsync(CsvRow.ByteOrderMark.ToString(), Encoding.UTF8, cancellationToken);
            do
            {
                await response.WriteAsync(rows.Current, Encoding.UTF8, cancellationToken);
            }
            while (await rows.MoveNextAsync());
        }

        return TypedResults.Empty;
    }

    private static bool TryDay(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day)
            && day.Year is >= 2000 and < 2100;
}
