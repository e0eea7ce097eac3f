using System.Net;
using System.Xml.Linq;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>The webhooks over HTTP, with Core and its database behind them; a caller, and agents who answer.</summary>
public abstract class WebhookTests : IAsyncLifetime
{
    private protected const string Room = "CF00000000000000000000000000000001";
    private protected const string RecordingSid = "RE00000000000000000000000000000001";
    private protected static readonly CallSid Caller = new("CA00000000000000000000000000000001");
    private protected static readonly CallSid AgentLeg = new("CA00000000000000000000000000000002");
    private protected static readonly CallSid OtherLeg = new("CA00000000000000000000000000000003");

    private int _sequence;

    private protected TwilioHost Host { get; private set; } = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Host = await TwilioHost.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static List<KeyValuePair<string, string>> Softphone(
        CallSid leg, int agentId, string room, string participant = "agent") =>
        [
            .. TwilioHost.Voice(leg, $"client:agent_{agentId}", ""), new("ApplicationSid", "AP33333333333333333333333333333333"),
            new("conference", room), new("participant", participant)
        ];

    private protected async Task ClaimedByDanaAsync()
    {
        await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        var answer = await Host.Get<CallCommands>().AcceptAsync((await Host.CallOfAsync(Caller)).Id, TwilioHost.Dana, Token);
        Assert.True(answer.IsDone, answer.Reason);
        await Host.ToldToJoinAsync((await Host.CallOfAsync(Caller)).Id, TwilioHost.Dana);
    }

    private protected async Task ConnectedWithDanaAsync()
    {
        await ClaimedByDanaAsync();
        var room = $"incoming-{Caller}";
        await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, room));
        await JoinAsync(room, Caller);
        await JoinAsync(room, AgentLeg);
        Assert.Equal(CallStatus.Connected, (await Host.CallOfAsync(Caller)).Status);
    }

    private protected Task JoinAsync(string room, CallSid leg) =>
        ConferenceAsync(room, "participant-join", leg, ++_sequence, ("Muted", "false"), ("Hold", "false"), ("Coaching", "false"));

    private protected async Task ConferenceAsync(
        string room, string happening, CallSid? leg, int sequence, params (string Name, string Value)[] more)
    {
        using var response = await Host.PostAsync(WebhookPaths.ConferenceStatus,
        [
            new(
                "AccountSid",
                TwilioHost.Account), new("ConferenceSid", Room), new("FriendlyName", room), new("StatusCallbackEvent", happening),
            new("SequenceNumber", $"{sequence}"), .. leg is { } sid
                ? [KeyValuePair.Create("CallSid", sid.Value)]
                : Array.Empty<KeyValuePair<string, string>>(),
            .. more.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ]);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private protected async Task StatusAsync(CallSid leg, string status)
    {
        using var response = await Host.PostAsync(WebhookPaths.CallStatus, TwilioHost.Voice(leg, "+12025550123", status: status));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private protected async Task<XElement> WaitAsync(string query)
    {
        using var response = await Host.PostAsync(
            WebhookPaths.Wait + query, TwilioHost.Voice(Caller, "+12025550123", status: "in-progress"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return XElement.Parse(await response.Content.ReadAsStringAsync(Token));
    }

    private protected static XElement ConferenceOf(XElement twiml) =>
        Assert.Single(Assert.Single(twiml.Elements("Dial")).Elements("Conference"));

    private protected static (string? A, string? B, string? C, string? D) Attributes(
        XElement element, string a, string b, string c, string d) =>
        (element.Attribute(a)?.Value, element.Attribute(b)?.Value, element.Attribute(c)?.Value, element.Attribute(d)?.Value);

    private protected static void AssertIs(XElement actual, string expected)
    {
        Assert.True(XNode.DeepEquals(Sorted(XElement.Parse(expected)), Sorted(actual)), actual.ToString());

        static XElement Sorted(XElement element) => new(
            element.Name, element.Attributes().OrderBy(a => a.Name.LocalName, StringComparer.Ordinal),
            element.Nodes().Select(node => node is XElement child ? Sorted(child) : node));
    }
}
