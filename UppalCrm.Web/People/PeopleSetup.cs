using System.ComponentModel.DataAnnotations;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using UppalCrm.Web.Account;
using UppalCrm.Web.Setup;

namespace UppalCrm.Web.People;

/// <summary>Wires the rooms of people and their accounts, and the mail that is sent to them.</summary>
public static class PeopleSetup
{
    public static WebApplicationBuilder AddPeople(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<SmtpOptions>().BindConfiguration(SmtpOptions.Section).ValidateDataAnnotations()
            .Validate(
                smtp => smtp.Host is not { Length: > 0 } || MailboxAddress.TryParse(smtp.From, out _),
                "Smtp__Host is set: also set Smtp__From to the address that mail comes from, e.g. UppalCRM <crm@example.com>.")
            .ValidateOnStart();
        builder.Services.AddSingleton<Mailer>();
        builder.Services.AddSingleton<SetUpLink>();
        builder.Services.AddSingleton<SetUpChecks>();
        builder.Services.AddScoped<OwnAccount>();
        builder.Services.AddHostedService<DialAlarmMail>();
        return builder;
    }
}

/// <summary>The server that sends our mail. Without a host no mail is sent, and links are copied by hand.</summary>
public sealed class SmtpOptions
{
    public const string Section = "Smtp";

    public string? Host { get; set; }

    [Range(1, 65535, ErrorMessage = "Smtp__Port must lie between 1 and 65535.")]
    public int Port { get; set; } = 587;

    public string? User { get; set; }
    public string? Password { get; set; }

    /// <summary>E.g. <c>UppalCRM &lt;crm@example.com&gt;</c>.</summary>
    public string? From { get; set; }
}

/// <summary>Sends mail by the server of the settings.</summary>
public sealed class Mailer(IOptionsMonitor<SmtpOptions> options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public bool IsOn => options.CurrentValue.Host is { Length: > 0 };

    /// <exception cref="MailRefusedException">The server takes no such mail.</exception>
    /// <exception cref="MailKit.ServiceNotConnectedException">The server does not answer; other exceptions of MailKit say what else it did
    /// not like.</exception>
    public async Task SendAsync(string to, string subject, string words, CancellationToken cancellationToken)
    {
        var settings = options.CurrentValue;
        using var message = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = words } };
        message.From.Add(MailboxAddress.Parse(settings.From!));
        message.To.Add(MailboxAddress.Parse(to));
        using var client = new SmtpClient { Timeout = (int)Patience.TotalMilliseconds };
        // A server on this machine may speak in clear; any other must offer TLS, or the link could be read on the way.
        var security = settings.Port == 465 ? SecureSocketOptions.SslOnConnect
            : settings.Host is "localhost" or "127.0.0.1" or "::1" ? SecureSocketOptions.StartTlsWhenAvailable
            : SecureSocketOptions.StartTls;
        await client.ConnectAsync(settings.Host!, settings.Port, security, cancellationToken);
        if (settings.User is { Length: > 0 } user)
        {
            await client.AuthenticateAsync(user, settings.Password ?? "", cancellationToken);
        }

        try
        {
            await client.SendAsync(message, cancellationToken);
        }
        catch (SmtpCommandException ex)
        {
            // Without the server's own words: they name the mailbox, and a log must not.
            throw new MailRefusedException(ex.ErrorCode, (int)ex.StatusCode);
        }

        await client.DisconnectAsync(quit: true, cancellationToken);
    }
}

/// <summary>The mail server takes no such mail. The message can be shown and logged: it holds no address.</summary>
public sealed class MailRefusedException(SmtpErrorCode what, int status) : Exception(
    $"The mail server refused {what switch
    {
        SmtpErrorCode.RecipientNotAccepted => "the address",
        SmtpErrorCode.SenderNotAccepted => "our own address (Smtp__From)",
        _ => "the mail",
    }} ({status}).");
