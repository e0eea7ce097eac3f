using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using UppalCrm.Simulator;
using UppalCrm.Simulator.Sim;

namespace UppalCrm.Tests.Simulator;

/// <summary>A network, a customer's web server, and what every test of the two needs.</summary>
public abstract class SimulatorTests : IAsyncLifetime
{
    internal const string AuthToken = "5090feedfacecafe5090feedfacecafe";
    internal const string Business = "+15005550006";
    internal const string Maya = "+12025550111";
    internal const string Omar = "+12025550122";

    internal PhoneNetwork Network { get; private set; } = null!;

    internal CustomerServer Customer { get; private set; } = null!;

    internal HttpClient Rest { get; private set; } = null!;

    internal string Account { get; private set; } = "";

    /// <summary>The network's clock.</summary>
    internal virtual TimeProvider Time => TimeProvider.System;

    public virtual async ValueTask InitializeAsync()
    {
        Customer = await CustomerServer.StartAsync();
        Network = await PhoneNetwork.StartAsync(
            new SimulatorOptions { Urls = "http://127.0.0.1:0", VoiceUrl = Customer.Url("voice") },
            Time,
            TestContext.Current.CancellationToken);
        var settings = Network.Settings;
        Account = settings["TWILIO_ACCOUNT_SID"];
        Rest = new HttpClient { BaseAddress = new Uri(Network.Address, $"2010-04-01/Accounts/{Account}/") };
        Rest.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings["TWILIO_API_KEY"]}:{settings["TWILIO_API_SECRET"]}")));
    }

    public virtual async ValueTask DisposeAsync()
    {
        Rest.Dispose();
        await Network.DisposeAsync();
        await Customer.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Looks until it is so; fails after 15 s with what the network says.</summary>
    internal Task Eventually(Func<Task<bool>> isSo, string what) => Support.Eventually.HoldsAsync(
        isSo,
        () => string.Join(Environment.NewLine, Network.Log.After().Select(entry => $"{entry.N} {entry.Kind}: {entry.Text}").Prepend(what)),
        within: TimeSpan.FromSeconds(15));

    internal Task Eventually(Func<bool> isSo, string what) => Eventually(() => Task.FromResult(isSo()), what);

    internal Task CallIs(string sid, string status) =>
        Eventually(async () => (await Network.StateAsync()).Call(sid)?.Status == status, $"{sid} {status}");

    internal async Task<ConferenceState?> Conference(string name) => (await Network.StateAsync()).Conference(name);

    internal Task ConferenceHas(string name, int people) =>
        Eventually(async () => (await Conference(name))?.Participants.Count == people, $"{people} in {name}");

    internal async Task<JsonElement> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, fields);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    internal async Task<(int Status, int Code)> RefusedAsync(HttpMethod method, string path, params (string Name, string Value)[] fields)
    {
        using var answer = await SendAsync(method, path, fields);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.False(answer.IsSuccessStatusCode, $"{path} was accepted: {body}");
        using var error = JsonDocument.Parse(body);
        Assert.Equal((int)answer.StatusCode, error.RootElement.GetProperty("status").GetInt32());
        return ((int)answer.StatusCode, error.RootElement.GetProperty("code").GetInt32());
    }

    internal async Task<JsonElement> GetAsync(string path)
    {
        var body = await Rest.GetStringAsync(path, TestContext.Current.CancellationToken);
        return JsonDocument.Parse(body).RootElement;
    }

    internal Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] fields)
    {
        var form = fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value));
        var content = method == HttpMethod.Post ? new FormUrlEncodedContent(form) : null;
        var request = new HttpRequestMessage(method, path) { Content = content };
        return Rest.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The conference of the design: the customer waits, the agent starts it, either ends it.</summary>
    internal string ConferenceTwiml(string name, bool starts, string more = "") =>
        $"""
        <Response><Dial><Conference startConferenceOnEnter="{(starts ? "true" : "false")}" endConferenceOnExit="true" beep="false"
          record="record-from-start"
          recordingStatusCallback="{Customer.Url("recording")}" recordingStatusCallbackEvent="in-progress completed absent"
          statusCallback="{Customer.Url("conference")}" statusCallbackEvent="start end join leave mute hold modify announcement"
          {more}>{name}</Conference></Dial></Response>
        """;

    /// <summary>A customer's call waits in its conference; a softphone enters the conference that it names.</summary>
    internal void AnswerAsACallCentre(string waiting = "") =>
        Customer.Answers["voice"] = told => told["From"].StartsWith("client:", StringComparison.Ordinal)
        ? ConferenceTwiml(told["conference"], starts: true, waiting)
        : ConferenceTwiml(told["conference"] is { Length: > 0 } named ? named : "incoming-" + told["CallSid"], starts: false, waiting);
}
