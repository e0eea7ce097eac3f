using UppalCrm.Web.People;

namespace UppalCrm.Web.SignIn;

/// <summary>Tells a person by mail, where mail is set up, that somebody signed in as them from a browser never seen before.</summary>
public sealed class NewDeviceNotice(Mailer mailer, BackgroundTasks tasks, TimeProvider time)
{
    public void Send(Agent agent, string browser, string address)
    {
        if (mailer.IsOn)
        {
            var at = time.GetUtcNow();
            tasks.Run("notice of a new device", cancellationToken => mailer.SendAsync(
                agent.Email!, "UppalCRM: a new sign-in",
                $"Somebody signed in to UppalCRM as you, {agent.DisplayName}, on {at:yyyy-MM-dd HH:mm} UTC: {browser}, from "
                    + $"{address}.\n\nIf that was you, nothing needs to be done. If not, change your password under My account and tell "
                    + "your administrator.",
                cancellationToken));
        }
    }
}
