using System.Globalization;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.Reports;

/// <summary>Wires the reports: their download as CSV.</summary>
public static class ReportsSetup
{
    public static WebApplication MapReports(this WebApplication app)
    {
        app.MapGet("/reports/export.csv", ExportAsync)
            .RequireAuthorization(policy => policy.RequireRole(Rights.RolesWith(Right.ExportReports)))
            .RequireSecondLook();
        return app;
    }

    /// <summary>
    /// A report as CSV: <c>by</c> is <c>agent</c>, <c>hour</c> or <c>day</c>; the days are <c>yyyy-MM-dd</c>. The download is audited.
    /// </summary>
    internal static async Task<Results<ContentHttpResult, BadRequest<string>, ForbidHttpResult>> ExportAsync(
        string? from, string? to, string? by, ClaimsPrincipal person, HttpResponse response, CallReports reports, AuditLog audit,
        CancellationToken cancellationToken)
    {
        if (!TryDay(from, out var first) || !TryDay(to, out var last) || by is not ("agent" or "hour" or "day"))
        {
            return TypedResults.BadRequest("Ask for from=2026-06-01&to=2026-06-30&by=agent, hour or day.");
        }

        CallReport report;
        try
        {
            report = await reports.GetAsync(person.AgentId(), first, last, cancellationToken);
        }
        catch (ArgumentException ex)
        {
            return TypedResults.BadRequest(ex.Message);
        }
        catch (NotAllowedException)
        {
            return TypedResults.Forbid(); // the role went after the sign-in
        }

        await audit.WriteAsync(AuditAction.ReportExported, person.AgentId(), null, $"by {by}, {from} to {to}", cancellationToken);
        response.Headers.ContentDisposition = $"attachment; filename=calls-by-{by}-{from}-{to}.csv";
        response.Headers.CacheControl = "no-store";
        return TypedResults.Text(CsvRow.ByteOrderMark + ToCsv(report, by), "text/csv", Encoding.UTF8);
    }

    /// <param name="by"><c>agent</c>, <c>hour</c> or <c>day</c>.</param>
    internal static string ToCsv(CallReport report, string by)
    {
        var rows = by switch
        {
            "agent" => report.ByAgent.Select(row => (Key: (object)row.Name, row.Count)),
            "hour" => report.ByHour.Select((count, hour) => (Key: (object)$"{hour:00}:00", Count: count)),
            _ => report.ByDay.Select(row => (Key: (object)row.Day, row.Count)),
        };
        var heading = CsvRow.Of(
            by switch { "agent" => "Agent", "hour" => "Hour", _ => "Day" }, "Calls", "Inbound", "Outbound", "Answered", "Missed",
            "Average handle time (s)");
        return heading + string.Concat(rows.Append((Key: "Total", Count: report.Total)).Select(row => CsvRow.Of(
            row.Key, row.Count.Calls, row.Count.Inbound, row.Count.Outbound, row.Count.Answered, row.Count.Missed,
            row.Count.AverageHandleTime is { } time ? Math.Round(time.TotalSeconds) : null)));
    }

    private static bool TryDay(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day)
            && day.Year is >= 2000 and < 2100;
}
