using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UppalCrm.Tests.Support;
using UppalCrm.Tests.Twilio;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Security;

/// <summary>Strangers choose how often they come, and not how long our log is.</summary>
public sealed class LogFloodTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousands_of_bad_signatures_are_a_line_for_each_reason()
    {
        using var lines = new LogLines();
        await using var host = await TwilioHost.StartAsync(services => services.AddSingleton<ILoggerProvider>(lines));

        for (var i = 0; i < 1000; i++)
        {
            using var bad = await host.PostRawAsync(
                WebhookPaths.Voice, Encoding.ASCII.GetBytes($"CallSid=CA{i}"), i % 2 == 0 ? "bm90IGl0" : null);
            Assert.Equal(HttpStatusCode.Forbidden, bad.StatusCode);
        }

        Assert.InRange(lines.Said.Count(line => line.Contains("webhook", StringComparison.Ordinal)), 1, 4);
    }

    [Fact]
    public async Task Whatever_else_strangers_send_by_the_thousand_is_a_few_lines()
    {
        using var lines = new LogLines();
        await using var house = await House.OpenAsync();
        house.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);
        using var stranger = house.OpenBrowser();
        for (var i = 0; i < 300; i++)
        {
            using var noToken = await stranger.PostAsync(
                "/login", new FormUrlEncodedContent([new("Input.Email", $"x{i}@example.com")]), Cancel);
            using var nowhere = await stranger.GetAsync($"/there-is-no-such-page/{i}", Cancel);
            using var noHub = await stranger.PostAsync("/hubs/calls/negotiate", null, Cancel);
            using var circuit = await stranger.PostAsync($"/_blazor?id=made-up-{i}", new StringContent("garbage"), Cancel);
            using var forged = new HttpRequestMessage(HttpMethod.Get, "/");
            forged.Headers.Add("Cookie", $"UppalCRM=forged{i}; UppalCRM.Device=made-up");
            using var answer = await stranger.SendAsync(forged, Cancel);
        }

        Assert.InRange(lines.Said.Count, 0, 30);
    }

    [Theory]
    [InlineData("/login", "application/x-www-form-urlencoded")]
    [InlineData("/logout", "application/x-www-form-urlencoded")]
    [InlineData("/api/twilio/webhook/voice", "application/x-www-form-urlencoded")]
    [InlineData("/policy-reports", "application/csp-report")]
    public async Task A_body_that_comes_too_slowly_is_told_408(string path, string type)
    {
        using var socket = new TcpClient();
        var address = new Uri(shared.House.Address);
        await socket.ConnectAsync(address.Host, address.Port, Cancel);
        var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: {type}\r\nContent-Length: 4000\r\n\r\na"),
            Cancel);

        using var reader = new StreamReader(stream, Encoding.ASCII);
        // Kestrel gives five seconds, and then 240 bytes a second
        var status = await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(40), Cancel);

        Assert.StartsWith("HTTP/1.1 408", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_browsers_report_of_the_content_policy_is_taken_from_anybody_and_is_a_line_a_minute()
    {
        using var stranger = shared.House.OpenBrowser();
        foreach (var (body, expected) in new[]
        {
            (
                """{"csp-report":{"effective-directive":"script-src-elem","blocked-uri":"https://evil.example/x.js?name=Maya"}}""",
                HttpStatusCode.NoContent),
            (
                """[{"type":"csp-violation","body":{"effectiveDirective":"style-src-elem","blockedURL":"inline"}}]""",
                HttpStatusCode.NoContent),
            ("[]", HttpStatusCode.NoContent), ("{}", HttpStatusCode.NoContent), ("7", HttpStatusCode.NoContent),
            ("""{"csp-report":{"blocked-uri":"\ud800"}}""", HttpStatusCode.BadRequest),
            ("""{"csp-report":{"\ud800":"x","effective-directive":"\udc00"}}""", HttpStatusCode.BadRequest),
            ("[[[", HttpStatusCode.BadRequest), ("", HttpStatusCode.BadRequest),
        })
        {
            using var answer = await stranger.PostAsync(
                "/policy-reports", new StringContent(body, Encoding.UTF8, "application/csp-report"), Cancel);
            Assert.Equal(expected, answer.StatusCode);
        }

        using var large = await stranger.PostAsync(
            "/policy-reports", new StringContent(new string('1', 20_000), Encoding.UTF8, "application/csp-report"), Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }
}
