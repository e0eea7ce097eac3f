using System.Globalization;
using UppalCrm.Simulator;
using UppalCrm.Web.Audit;
using UppalCrm.Web.Board;
using UppalCrm.Web.Contacts;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Health;
using UppalCrm.Web.History;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Live;
using UppalCrm.Web.People;
using UppalCrm.Web.Reports;
using UppalCrm.Web.Security;
using UppalCrm.Web.SignIn;
using UppalCrm.Web.Softphone;
using UppalCrm.Web.Startup;
using UppalCrm.Web.Telemetry;
using UppalCrm.Web.Twilio;

// What the product writes for machines and people looks the same on every machine, whatever its language settings are.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

var builder = WebApplication.CreateBuilder(args);
builder.ListenAtHomeByDefault();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

try
{
    builder.Services.AddCallCentre(builder.Configuration, Path.Combine(builder.Environment.ContentRootPath, "App_Data"));
    builder.AddTelemetry().AddGuards().AddSignIn().AddPeople().AddPages().AddHealth().AddLive().AddTwilio().AddDesk().AddBoard();
    builder.Services.AddSoftphone();

    await using var app = builder.Build();
    var prepared = Task.Run(() => app.PrepareAsync(SignInSetup.PrepareSignInAsync)); // the database, while the routes are made
    app.UseGuards().UseWordsForErrors().UseDrain().UseTwilioWebhooks();
    app.UseAuthentication().UseRateLimiter().UseSignInGuards().UseAuthorization().UseAntiforgery();
    app.UseMiddleware<FormsOutOfDate>();
    app.MapHealth().MapGuards().MapSignIn().MapPages().MapReports().MapAudit().MapHistory().MapContacts().MapLive().MapTwilio();

    await prepared;
    await using var simulator = await app.StartSimulatorAsync(account => PhoneNetwork.StartAsync(new SimulatorOptions
    {
        Urls = account.ApiUrl,
        AccountSid = account.AccountSid,
        AuthToken = account.AuthToken,
        ApiKey = account.ApiKey,
        ApiSecret = account.ApiSecret,
        TwimlAppSid = account.AppSid,
        PhoneNumbers = account.PhoneNumbers,
        VoiceUrl = account.PublicUrl(WebhookPaths.Voice),
    }));
    await app.StartAsync();
    await StartupBanner.PrintAsync(app.Services, app.Urls, Console.Out);
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception ex) when (StartupCheck.Explain(ex, builder.Configuration) is { } failures)
{
    StartupCheck.Print(failures, Console.Error);
    return 1;
}
