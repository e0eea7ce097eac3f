using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Web.People;

/// <summary>Mails each administrator when a dialling alarm is raised, where mail is set up.</summary>
internal sealed class DialAlarmMail(
    DialAlarm alarm, Mailer mailer, IDbContextFactory<CrmDbContext> contexts, BackgroundTasks tasks) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        alarm.Subscribe(words => tasks.Run("mail of a dialling alarm", token => SendAsync(words, token)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task SendAsync(string alarmWords, CancellationToken cancellationToken)
    {
        if (!mailer.IsOn)
        {
            return;
        }

        List<string> administrators;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            administrators = await db.Agents.Where(a => a.DeactivatedAt == null && a.Email != null
                    && db.UserRoles.Any(held => held.UserId == a.Id
                    && db.Roles.Any(role => role.Id == held.RoleId && role.Name == Roles.Admin)))
                .Select(a => a.Email!).ToListAsync(cancellationToken);
        }

        foreach (var address in administrators)
        {
            // Each by itself: an address that the mail server refuses keeps no other from the alarm.
            tasks.Run("mail of a dialling alarm", token => mailer.SendAsync(
                address, "UppalCRM: dialling alarm",
                $"{alarmWords}.\n\nLook at the audit, filtered by \"Dialling refused\" and \"Dialled\". Under Settings all dialling can "
                    + "be stopped at once.\n", token));
        }
    }
}
