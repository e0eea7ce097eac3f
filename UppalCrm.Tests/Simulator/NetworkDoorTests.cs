using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using UppalCrm.Simulator;

namespace UppalCrm.Tests.Simulator;

public sealed class NetworkDoorTests : SimulatorTests
{
    [Theory]
    [InlineData("http://0.0.0.0:5149")]
    [InlineData("http://192.168.1.7:5149")]
    [InlineData("http://*:5149")]
    [InlineData("http://crm.example.com:5149")]
    [InlineData("https://localhost:5149")]
    [InlineData("http://localhost:5148;http://localhost:5149")]
    public async Task It_refuses_in_words_to_serve_anybody_but_this_machine(string urls)
    {
        var refusal = await Assert.ThrowsAsync<SimulatorSettingException>(
            () => PhoneNetwork.StartAsync(new SimulatorOptions { Urls = urls }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("localhost", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host", "crm.example.com")]
    [InlineData("Origin", "https://evil.example.com")]
    public async Task A_page_from_elsewhere_gets_nothing(string header, string value)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Network.Address, "sim/state"));
        request.Headers.TryAddWithoutValidation(header, value);

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task The_page_and_its_parts_are_served_fresh_and_typed()
    {
        using var http = new HttpClient { BaseAddress = Network.Address };

        using var page = await http.GetAsync("", TestContext.Current.CancellationToken);
        using var style = await http.GetAsync("page/style.css", TestContext.Current.CancellationToken);
        using var script = await http.GetAsync("page/engine.js", TestContext.Current.CancellationToken);
        using var absent = await http.GetAsync("page/../Program.cs", TestContext.Current.CancellationToken);

        Assert.Equal(
            ("text/html", "text/css", "text/javascript"),
            (
                page.Content.Headers.ContentType!.MediaType,
                style.Content.Headers.ContentType!.MediaType,
                script.Content.Headers.ContentType!.MediaType));
        Assert.Contains(
            "simulator", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        Assert.True(page.Headers.CacheControl!.NoStore);
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task Everything_can_be_done_by_its_own_door()
    {
        AnswerAsACallCentre();
        using var http = new HttpClient { BaseAddress = Network.Address };
        async Task<JsonElement> Post(string path, object body)
        {
            using var answer = await http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
            return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        }

        await Post($"sim/phones/{Omar}", new { answerAfter = 0.1, talk = 30, then = "hangup" });
        var caller = (await Post("sim/calls", new { from = Maya, to = Business, hangupAfter = 30 })).GetProperty("callSid").GetString()!;
        await ConferenceHas("incoming-" + caller, 1);
        var agent = (
            await Post(
                "sim/softphones/agent_7/connect",
                new { @params = new { conference = "incoming-" + caller } })).GetProperty("callSid").GetString()!;
        await ConferenceHas("incoming-" + caller, 2);
        Assert.True((await Post($"sim/calls/{caller}/digits", new { digits = "1" })).GetProperty("done").GetBoolean());
        Assert.True((await Post($"sim/softphones/{agent}/hangup", new { })).GetProperty("done").GetBoolean());
        await CallIs(caller, "completed");
        Assert.False((await Post($"sim/calls/{caller}/hangup", new { })).GetProperty("done").GetBoolean());

        var faults = await Post(
            "sim/knobs",
            new
            {
                seed = 7,
                webhooks = new[] { new { path = "call-status", delay = 1.5 } },
                rest = new[] { new { operation = "POST /Calls.json", status = 503 } },
            });
        Assert.Equal(
            (7, 1.5), (faults.GetProperty("seed").GetInt32(), faults.GetProperty("webhooks")[0].GetProperty("delay").GetDouble()));
        Assert.Equal(
            (503, 20500),
            await RefusedAsync(HttpMethod.Post, "Calls.json", ("To", Omar), ("From", Business), ("Url", Customer.Url("voice"))));
        Assert.Contains(
            "number",
            (await Post("sim/calls", new { from = "Maya", to = Business })).GetProperty("error").GetString(),
            StringComparison.Ordinal);

        var log = await http.GetFromJsonAsync<JsonElement>("sim/log?after=3", TestContext.Current.CancellationToken);
        Assert.Equal(4, log[0].GetProperty("n").GetInt64());
        Assert.Equal(Enumerable.Range(4, log.GetArrayLength()), log.EnumerateArray().Select(entry => entry.GetProperty("n").GetInt32()));
        Assert.DoesNotContain(Maya, log.GetRawText(), StringComparison.Ordinal);
        var state = await http.GetFromJsonAsync<JsonElement>("sim/state", TestContext.Current.CancellationToken);
        Assert.Contains("not Twilio", state.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.Equal("completed", state.GetProperty("calls")[0].GetProperty("status").GetString());
        Assert.Equal(0, state.GetProperty("problems").GetArrayLength());
    }

    [Fact]
    public void Its_settings_come_from_the_environment_and_lead_a_program_to_it()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = "http://localhost:5111",
            ["SIMULATOR_PHONE_NUMBERS"] = "+15005550006, +15005550007",
            ["SIMULATOR_VOICE_URL"] = "http://localhost:5112/voice",
        };

        var options = SimulatorOptions.FromEnvironment(name => environment.GetValueOrDefault(name));

        Assert.Equal(("http://localhost:5111", "http://localhost:5112/voice"), (options.Urls, options.VoiceUrl));
        Assert.Equal(["+15005550006", "+15005550007"], options.PhoneNumbers);
        var settings = options.ToSettings(new Uri("http://localhost:5111/"));
        Assert.Equal(
            ("http://localhost:5111", "+15005550006,+15005550007"), (settings["TWILIO_API_URL"], settings["TWILIO_PHONE_NUMBER"]));
        Assert.Matches("^AC[0-9a-f]{32}$", settings["TWILIO_ACCOUNT_SID"]);
    }
}
