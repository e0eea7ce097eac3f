using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Audit;

/// <summary>
/// Checks the whole audit once a day. The log says where the audit ends: a log that is kept elsewhere tells even of a database that was
/// put back to an earlier day.
/// </summary>
public sealed class AuditCheck(AuditLog audit, TimeProvider time, ILogger<AuditCheck> logger) : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>The first row that is not as it was written, when the last check found one.</summary>
    public long? Damaged { get; private set; }

    /// <summary>Checks now, and reports.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var before = Damaged;
        Damaged = await audit.FindTamperedAsync(cancellationToken);
        if (Damaged is not { } row)
        {
            logger.LogInformation("The audit is as it was written: {Head}", await audit.DescribeHeadAsync(cancellationToken));
            return;
        }

        logger.LogCritical("The audit was changed: row {Row} is not as it was written, or missing. Compare it with a backup", row);
        if (before is null)
        {
            await audit.WriteAsync(AuditAction.AuditDamaged, agentId: null, callId: null, $"row {row}", cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var wait = AfterStart; ; wait = Every)
        {
            await Task.Delay(wait, time, stoppingToken);
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogError(ex, "The audit could not be checked; it is tried again in a day");
            }
        }
    }
}
