using System.Globalization;
using System.Runtime.CompilerServices;
using UppalCrm.Web.Export;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.History;

/// <summary>
/// <c>GET /calls/export.csv</c>: the calls of a filter as a file, newest first, times in UTC. Each export leaves a row in the audit.
/// </summary>
public static class HistoryExport
{
    /// <summary>More is a matter for the database. Narrow the dates for the next part.</summary>
    public const int MostRows = 100_000;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/calls/export.csv", ExportAsync)
        .RequireAuthorization(policy => policy.RequireRole(Rights.RolesWith(Right.ExportCalls)))
        .RequireSecondLook();

    /// <summary>One row of headings, then one a call.</summary>
    internal static async IAsyncEnumerable<string> WriteAsync(
        IAsyncEnumerable<HistoryRow> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return CsvRow.Of(
            "Call", "Started (UTC)", "Direction", "Name", "Number", "Agent", "Outcome", "Ended by", "Waited (s)", "Duration (s)",
            "Recording", "Disposition");
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            yield return CsvRow.Of(
                row.Id, row.CreatedAt, row.Direction == CallDirection.Inbound ? "Incoming" : "Outgoing", row.Name, row.Number,
                row.AgentName, HistoryLabels.StateOf(row),
                HistoryLabels.EnderOf(row.EndedBy, row.AgentName), row.WaitSeconds, row.DurationSeconds, row.HasRecording ? "yes" : "no",
                row.Disposition);
        }
    }

    private static async Task<CsvDownload> ExportAsync(
        HttpContext http, CallHistory history, AuditLog audit, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = HistoryQuery.Read(http.Request.QueryString.Value ?? "");
        var filter = query.ToFilter(Moment(http.Request.Query["after"]), Moment(http.Request.Query["before"]));
        var reader = new HistoryReader(http.User.AgentId(), http.User.Supervises());
        // Before the first line: no export without its row. The search text may be a person's name: the audit says that there was one.
        await audit.WriteAsync(AuditAction.CallsExported, reader.AgentId, null, Describe(filter), cancellationToken);
        return new CsvDownload(
            $"calls-{time.GetUtcNow():yyyyMMdd-HHmmss}.csv",
            token => WriteAsync(history.ReadAllAsync(filter, reader, MostRows, token), token));
    }

    private static string Describe(HistoryFilter filter) => string.Join(", ", new[]
    {
        filter.Direction?.ToString(), filter.Outcome?.ToString(), filter.Missed ? "missed" : null,
        filter.WithRecording ? "with recording" : null,
        filter.AgentId is { } agent ? $"agent {agent}" : null, filter.ContactId is { } contact ? $"contact {contact}" : null,
        filter.From is { } from ? $"from {from:O}" : null, filter.Until is { } until ? $"until {until:O}" : null,
        filter.Search is null ? null : "a search",
    }.OfType<string>().DefaultIfEmpty("all"));

    private static DateTimeOffset? Moment(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;
}
