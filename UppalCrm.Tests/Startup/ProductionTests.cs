using System.Net;
using System.Net.Http;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Simulator;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Live;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Startup;

/// <summary>The program in Production, as README and docs/operate.md start it.</summary>
public sealed class ProductionTests : IAsyncLifetime
{
    private const string Boss = "boss@example.test";
    private const string Password = "a long walk by the canal";

    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-production-").FullName;
    private readonly TestCertificate _certificate = new(TimeProvider.System);
    private readonly int _appPort = Ports.Free();
    private readonly int _tlsPort = Ports.Free();
    private PhoneNetwork _network = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string App => $"http://127.0.0.1:{_appPort}";

    public async ValueTask InitializeAsync() =>
        _network = await PhoneNetwork.StartAsync(new SimulatorOptions { Urls = "http://localhost:0" });

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Behind_nginx_with_TLS_a_person_signs_in_and_the_live_connection_is_a_WebSocket()
    {
        await using var app = await AppProcess.StartAsync(App, Settings());
        await using var nginx = await Nginx.StartAsync(_tlsPort, App, _certificate);
        var cookies = new CookieContainer();
        using var browser = _certificate.OpenBrowser(nginx.Address, cookies);

        using var asked = await browser.GetAsync("/calls", Cancel);
        using var answer = await browser.PostSignInAsync(Boss, Password, "?returnUrl=%2Fcalls");
        using var page = await browser.GetAsync("/calls", Cancel);

        Assert.Equal("/login?returnUrl=%2Fcalls", asked.Headers.Location?.OriginalString);
        Assert.Equal("/calls", answer.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        // never for localhost
        Assert.True(page.Headers.Contains("Strict-Transport-Security") || nginx.Address.Contains("localhost", StringComparison.Ordinal));
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain($"ws://localhost:{_tlsPort}", policy, StringComparison.Ordinal);
        Assert.All(
            answer.Headers.GetValues("Set-Cookie"), cookie => Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase));
        await using var hub = Hub(nginx.Address, nginx.Address, cookies);
        await hub.StartAsync(Cancel);
        Assert.Equal(HubConnectionState.Connected, hub.State);
        await using var db = Database();
        Assert.Contains(
            "from 127.0.0.1", (await db.Audit.SingleAsync(a => a.Action == AuditAction.SignedIn, Cancel)).Detail,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy_set_header Host $http_host;", "proxy_set_header Host $host;")] // drops the port
    [InlineData("proxy_set_header Host $http_host;", "")] // drops the host
    [InlineData("proxy_set_header X-Forwarded-Proto $scheme;", "")]
    [InlineData("proxy_set_header X-Forwarded-Proto $scheme;", "proxy_set_header X-Forwarded-Proto gopher;")]
    public async Task A_proxy_that_drops_host_port_or_scheme_does_not_keep_people_out(string documented, string mistaken)
    {
        await using var app = await AppProcess.StartAsync(App, Settings());
        await using var nginx = await Nginx.StartAsync(
            _tlsPort, App, _certificate, site => site.Replace(documented, mistaken, StringComparison.Ordinal));
        var cookies = new CookieContainer();
        using var browser = _certificate.OpenBrowser(nginx.Address, cookies);

        using var answer = await browser.PostSignInAsync(Boss, Password);

        Assert.Equal("/", answer.Headers.Location?.OriginalString);
        await using var hub = Hub(nginx.Address, nginx.Address, cookies);
        await hub.StartAsync(Cancel);
        Assert.Equal(HubConnectionState.Connected, hub.State);
    }

    [Fact]
    public async Task What_is_refused_is_in_the_log_with_origin_host_and_cure()
    {
        await using var app = await AppProcess.StartAsync(App, Settings());
        using var browser = new HttpClient { BaseAddress = new Uri(App) };
        using var foreign =
            new HttpRequestMessage(HttpMethod.Post, "/hubs/calls/negotiate") { Headers = { { "Origin", "https://evil.example" } } };
        using var unknown = new HttpRequestMessage(HttpMethod.Get, "/login") { Headers = { Host = "evil.example" } };
        using var noHost = new HttpRequestMessage(HttpMethod.Get, "/login");
        noHost.Headers.TryAddWithoutValidation("Host", "localhost:99999");

        using var refusedOrigin = await browser.SendAsync(foreign, Cancel);
        using var refusedHost = await browser.SendAsync(unknown, Cancel);
        using var badHost = await browser.SendAsync(noHost, Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, refusedOrigin.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, refusedHost.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, badHost.StatusCode);
        await Eventually.HoldsAsync(
            () => app.Said.Contains("https://evil.example", StringComparison.Ordinal)
                && app.Said.Contains("API_BASE_URL", StringComparison.Ordinal),
            "the origin is logged");
        await Eventually.HoldsAsync(() => app.Said.Contains("AllowedHosts", StringComparison.Ordinal), "the host is logged");
    }

    [Fact]
    public async Task Over_plain_HTTP_a_person_is_told_where_to_go_and_health_answers()
    {
        await using var app = await AppProcess.StartAsync(App, Settings());
        using var browser = new HttpClient { BaseAddress = new Uri(App) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/login") { Headers = { { "X-Forwarded-Proto", "http" } } };

        using var answer = await browser.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var words = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains($"Open https://localhost:{_tlsPort}/ instead", words, StringComparison.Ordinal);
        Assert.Contains("Proxies__Known", words, StringComparison.Ordinal);
        Assert.Contains("Healthy", await browser.GetStringAsync("/health/ready", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_certificate_of_its_own_it_needs_no_proxy()
    {
        var address = $"https://localhost:{_tlsPort}";
        var settings = Settings();
        settings["Kestrel:Certificates:Default:Path"] = _certificate.CertificateFile;
        settings["Kestrel:Certificates:Default:KeyPath"] = _certificate.KeyFile;
        await using var app = await AppProcess.StartAsync(address, settings);
        var cookies = new CookieContainer();
        using var browser = _certificate.OpenBrowser(address, cookies);

        using var answer = await browser.PostSignInAsync(Boss, Password);

        Assert.Equal("/", answer.Headers.Location?.OriginalString);
        await using var hub = Hub(address, address, cookies);
        await hub.StartAsync(Cancel);
        Assert.Equal(HubConnectionState.Connected, hub.State);
    }

    [Fact]
    public async Task Demo_users_of_a_database_that_Development_used_cannot_sign_in()
    {
        await using (
            await AppProcess.StartAsync(App, new Dictionary<string, string>(Settings()) { ["ASPNETCORE_ENVIRONMENT"] = "Development" }))
        {
            using var demo = new HttpClient(
                new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = new Uri(App) };
            using var welcome = await demo.PostSignInAsync("admin@uppalcrm.test", DemoUsers.Password);
            Assert.Equal(HttpStatusCode.Redirect, welcome.StatusCode);
        }

        await using var app = await AppProcess.StartAsync(App, Settings());
        await using var nginx = await Nginx.StartAsync(_tlsPort, App, _certificate);
        using var browser = _certificate.OpenBrowser(nginx.Address);

        using var refused = await browser.PostSignInAsync("admin@uppalcrm.test", DemoUsers.Password);
        using var boss = await browser.PostSignInAsync(Boss, Password);

        Assert.Contains("4 demo accounts", app.Said, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("/", boss.Headers.Location?.OriginalString); // made by Admin__Email, although the database had people
    }

    [Fact]
    public async Task The_link_of_the_first_start_makes_the_first_administrator_once()
    {
        var settings = Settings();
        settings.Remove("Admin:Email");
        settings.Remove("Admin:Password");
        await using var app = await AppProcess.StartAsync(App, settings);
        await using var nginx = await Nginx.StartAsync(_tlsPort, App, _certificate);
        await Eventually.HoldsAsync(() => app.Said.Contains("/setup/", StringComparison.Ordinal), "the link is printed");
        var link =
            new Uri(Regex.Match(app.Said, $"https://localhost:{_tlsPort}/setup/[0-9a-f]+",
                RegexOptions.None, TimeSpan.FromSeconds(1)).Value).AbsolutePath;
        using var browser = _certificate.OpenBrowser(nginx.Address);

        using var guessed = await browser.GetAsync("/setup/0123456789abcdef", Cancel);
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(link, Cancel));
        using var weak = await SetUpAsync(browser, link, "123456789012");
        using var done = await SetUpAsync(browser, link, Password);
        using var again = await browser.GetAsync(link, Cancel);
        using var signedIn = await browser.PostSignInAsync(Boss, Password);
        using var people = await browser.GetAsync("/people", Cancel);

        Assert.Equal(HttpStatusCode.Gone, guessed.StatusCode);
        Assert.Contains("the carrier knows the account", page, StringComparison.Ordinal);
        Assert.Contains("could not be fetched from here", page, StringComparison.Ordinal); // the test's certificate is nobody's
        Assert.Contains("Better: Calls__WhenAgentIsLost=KeepCustomer", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, weak.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        Assert.Equal(HttpStatusCode.OK, people.StatusCode);
    }

    [Fact]
    public async Task A_copy_of_the_database_makes_no_cookie_and_nobody_else_reads_its_files()
    {
        var cookies = new CookieContainer();
        await using (await AppProcess.StartAsync(App, Settings()))
        {
            await using var nginx = await Nginx.StartAsync(_tlsPort, App, _certificate);
            using var browser = _certificate.OpenBrowser(nginx.Address, cookies);
            using var signedIn = await browser.PostSignInAsync(Boss, Password);
            Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        }

        foreach (var file in Directory.GetFiles(_folder).Where(_ => !OperatingSystem.IsWindows()))
        {
            Assert.True(
                OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite),
                $"{file} can be read by others");
        }

        await using (var db = Database())
        {
            Assert.All(await db.DataProtectionKeys.Select(k => k.Xml!).ToListAsync(Cancel), key =>
            {
                Assert.Contains("EncryptedData", key, StringComparison.Ordinal);
                Assert.DoesNotContain("<masterKey", key, StringComparison.Ordinal);
            });
        }

        // The thief's own start, with the database and without the certificate.
        File.Delete(Path.Combine(_folder, "uppalcrm-keys.pfx"));
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => AppProcess.StartAsync(App, Settings()));
        Assert.Contains("ended while starting", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SetUpAsync(HttpClient browser, string link, string password)
    {
        var page = await browser.GetStringAsync(link, Cancel);
        return await browser.PostAsync(link, new FormUrlEncodedContent(
        [
            new("_handler", "set-up"), new(
                "__RequestVerificationToken", FrontDoor.TokenIn(page)), new("Input.Name", "Bo Ss"), new("Input.Email", Boss),
            new("Input.Password", password), new("Input.Repeat", password),
        ]), Cancel);
    }

    private Dictionary<string, string> Settings() => new(_network.Settings)
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["API_BASE_URL"] = $"https://localhost:{_tlsPort}",
        ["ConnectionStrings:UppalCrm"] = $"Data Source={Path.Combine(_folder, "crm.db")}",
        ["Admin:Email"] = Boss,
        ["Admin:Password"] = Password,
    };

    private SqliteCrmDbContext Database()
    {
        var options = new DbContextOptionsBuilder<SqliteCrmDbContext>();
        SqliteCrmDbContext.Configure(options, $"Data Source={Path.Combine(_folder, "crm.db")}");
        return new SqliteCrmDbContext(options.Options);
    }

    private HubConnection Hub(string address, string origin, CookieContainer cookies) =>
        new HubConnectionBuilder().WithUrl(address + CallHub.Path, options =>
    {
        options.Cookies = cookies;
        options.SkipNegotiation = true;
        options.Transports = HttpTransportType.WebSockets;
        options.Headers["Origin"] = origin;
        options.WebSocketConfiguration = socket => socket.RemoteCertificateValidationCallback = (
            _, certificate, _, _) => _certificate.IsThis(certificate);
    }).Build();
}
