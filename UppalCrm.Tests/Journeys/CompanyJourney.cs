using System.Text.RegularExpressions;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>A company moves in, as docs/operate.md says: from the published program to the first call.</summary>
[Collection(nameof(Stage))]
public sealed class CompanyJourney(Stage stage, ITestOutputHelper output) : IDisposable
{
    private const string VoiceWebhook = "/api/twilio/webhook/voice";
    private const string Maya = "+12025550111";
    private const string Alex = "alex@company.test";
    private const string Nora = "nora@company.test";
    private const string AlexsPassword = "a long walk by the canal";
    private const string NorasPassword = "seven herons under the bridge";

    private readonly TestCertificate _certificate = new(TimeProvider.System);
    private readonly int _appPort = Ports.Free();
    private readonly int _tlsPort = Ports.Free();

    private string Address => $"https://localhost:{_tlsPort}";

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task From_an_empty_folder_to_a_first_answered_call_in_Production()
    {
        await using var carrier = await CarrierProcess.StartAsync(Address + VoiceWebhook, _certificate.CertificateFile);
        await using var program = await PublishedApp.PublishAsync(_certificate);
        var files = Files(program.Folder);
        var database = Path.Combine(program.Data, "uppalcrm.db");
        Assert.False(await PublishedApp.CanWriteAsync(program.Folder), "the program may not write to its own folder");
        Assert.Empty(Files(program.Data));
        await using var app = await AppProcess.StartAsync(program.Start(), $"http://127.0.0.1:{_appPort}", Settings(carrier, database));
        await using var nginx = await Nginx.StartAsync(_tlsPort, $"http://127.0.0.1:{_appPort}", _certificate);
        await using var alex = await OpenBrowserAsync();
        await using var nora = await OpenBrowserAsync();
        await using var phones = await stage.OpenPhonesAsync(carrier.Address);
        try
        {
            await SetUpAsync(alex, await LinkOfTheStartAsync(app), carrier.OurNumber);
            await AcceptAsync(nora, await InviteAsync(alex));
            await nora.StartShiftAsync();

            await AnswerAsync(nora, phones, carrier.OurNumber);
            await nora.HangUpAsync();
            await phones.UntilAsync(Maya, s => s == "idle", "the phone's call ends when the agent hangs up");

            await alex.OpenAsync("/calls");
            var row = alex.Page.Locator(".mud-data-grid tbody tr");
            await Expect(row).ToHaveCountAsync(1);
            await Expect(row).ToContainTextAsync("Nora Quist");
            await Expect(row).ToContainTextAsync("Answered");
        }
        catch
        {
            await alex.ShotAsync("company-administrator");
            await nora.ShotAsync("company-agent");
            output.WriteLine($"The program said: {app.Said}\nThe carrier said: {await carrier.LogAsync()}\n"
                + $"The agent's page said: {string.Join('\n', nora.Said)}");
            throw;
        }

        Assert.Equal(files, Files(program.Folder));
        Assert.True(await PublishedApp.OwnsAsync(database), "the data are the program's user's own");
        // What a company reads in its journal is about its calls.
        Assert.DoesNotContain("Microsoft.AspNetCore.Antiforgery", app.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.EntityFrameworkCore.Query", app.Said, StringComparison.Ordinal);
    }

    /// <summary>The link that the program writes to its console while nobody can sign in.</summary>
    private async Task<string> LinkOfTheStartAsync(AppProcess app)
    {
        var link = Match.Empty;
        await Eventually.HoldsAsync(
            () => (link = Regex.Match(app.Said, $@"{Address}/setup/[0-9a-f]+\s", RegexOptions.None, TimeSpan.FromSeconds(1))).Success,
            "the link is printed");
        return link.Value.Trim();
    }

    /// <summary>Alex opens the link of the first start, reads that all is right, and becomes the administrator.</summary>
    private async Task SetUpAsync(DeskBrowser alex, string link, string firstLine)
    {
        var page = alex.Page;
        await page.GotoAsync(link);
        var checks = page.GetByRole(AriaRole.Region, new() { Name = "Checks" });
        await Expect(checks).ToContainTextAsync("Telephone account: the carrier knows the account and its key.");
        await Expect(checks).ToContainTextAsync($"Public address: {Address}/ leads here.");
        await Expect(checks).ToContainTextAsync($"First line: {firstLine}.");
        await Expect(checks).ToContainTextAsync(Address + VoiceWebhook);
        await page.GetByLabel("Your name").FillAsync("Alex Berg");
        await page.GetByLabel("E-mail").FillAsync(Alex);
        await ChoosePasswordAsync(page, AlexsPassword, "Make the account");

        await alex.FillSignInAsync(Alex, AlexsPassword);
        await page.WaitForURLAsync("**/people");
    }

    /// <summary>Alex demands a second factor of agents, and invites one.</summary>
    /// <returns>The link to hand over.</returns>
    private static async Task<string> InviteAsync(DeskBrowser alex)
    {
        await alex.OpenAsync("/people");
        var page = alex.Page;
        await page.GetByLabel("Demanded of each agent").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Invite somebody" }).ClickAsync();
        var invitation = page.GetByRole(AriaRole.Form, new() { Name = "Invite somebody" });
        await invitation.GetByLabel("Name").FillAsync("Nora Quist");
        await invitation.GetByLabel("E-mail").FillAsync(Nora);
        await invitation.GetByRole(AriaRole.Button, new() { Name = "Make the invitation link" }).ClickAsync();
        return await page.GetByLabel($"For {Nora}, once").InputValueAsync();
    }

    /// <summary>Nora chooses a password, sets up her authenticator app, and signs in with both.</summary>
    private static async Task AcceptAsync(DeskBrowser nora, string link)
    {
        var page = nora.Page;
        await page.GotoAsync(link);
        await Expect(page.GetByText("For Nora Quist")).ToBeVisibleAsync();
        await ChoosePasswordAsync(page, NorasPassword, "Set the password");
        await nora.FillSignInAsync(Nora, NorasPassword);

        await page.WaitForURLAsync("**/second-factor");
        var phone = new AuthenticatorApp(await page.GetByText("or type this key:").Locator("code").InnerTextAsync());
        await page.GetByLabel("The six digits that the app shows").FillAsync(phone.NextCode());
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Recovery codes" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(10);
        await page.GetByRole(AriaRole.Link, new() { Name = "To the desk" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Nora Quist: theme and sign-out" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/login**");
        await nora.FillSignInAsync(Nora, NorasPassword);
        await page.GetByLabel("Code of your authenticator app").FillAsync(phone.NextCode());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/login", StringComparison.Ordinal));
    }

    /// <summary>A customer calls, Nora accepts, and each hears the other.</summary>
    private async Task AnswerAsync(DeskBrowser nora, PhonesBrowser phones, string ourNumber)
    {
        await phones.PlaceAsync(Maya, ourNumber);
        await Expect(nora.Offer).ToContainTextAsync("202");

        // A program that has just started may need longer for the first call than the carrier waits, where the machine is busy: the
        // call is then offered again, and the agent accepts again.
        await Eventually.HoldsAsync(async () =>
        {
            if (await nora.Offer.CountAsync() > 0)
            {
                await nora.AcceptAtOnceAsync();
            }

            return await nora.CallPanel.GetByText("In call").CountAsync() > 0;
        }, () => "the call is connected", TimeSpan.FromSeconds(90));
        output.WriteLine($"The desk hears 1 kHz at {await nora.UntilHearsAsync(1000, silence: -100):f1} dB; the phone hears 440 Hz at "
            + $"{await phones.UntilHearsAsync(Maya, 440, silence: -100):f1} dB.");
    }

    private static async Task ChoosePasswordAsync(IPage page, string password, string button)
    {
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByLabel("The same once more").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        await page.WaitForURLAsync("**/login?chosen=1**");
    }

    private Task<DeskBrowser> OpenBrowserAsync() =>
        stage.OpenDeskAsync(Address, more: options => options.IgnoreHTTPSErrors = true); // the test's own certificate

    /// <summary>/etc/uppalcrm.env, as docs/operate.md has it.</summary>
    private Dictionary<string, string> Settings(CarrierProcess carrier, string database) => new(carrier.Settings)
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["API_BASE_URL"] = Address,
        ["ConnectionStrings:UppalCrm"] = $"Data Source={database}",
        ["Calls:OfferTimeout"] = "00:02:00", // a busy machine is no reason to lose the caller
    };

    private static List<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order()];
}
