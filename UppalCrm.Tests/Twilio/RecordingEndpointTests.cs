using System.Net;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class RecordingEndpointTests : IAsyncLifetime
{
    private const string Sid = "RE00000000000000000000000000000001";
    private TwilioHost _host = null!;
    private long _callId;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await TwilioHost.StartAsync();
        await using var db = _host.Database();
        var call = new Call
        {
            Direction = CallDirection.Inbound,
            FromNumber = "+12025550123",
            ToNumber = "+14155550100",
            ConferenceName = "incoming-x",
            CustomerLeg = new CallSid("CA00000000000000000000000000000001"),
            Status = CallStatus.Ended,
            Outcome = CallOutcome.Answered,
            AgentId = TwilioHost.Dana,
            RecordingSid = Sid,
            RecordingUrl = "https://api.twilio.com/secret-place",
        };
        db.Calls.Add(call);
        await db.SaveChangesAsync(Token);
        _callId = call.Id;
        _host.Carrier.Sound = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_agent_of_the_call_hears_it_and_it_is_audited_once_for_all_its_parts()
    {
        using var whole = await GetAsync(TwilioHost.Dana, Roles.Agent);
        using var part = await GetAsync(TwilioHost.Dana, Roles.Agent, ("Range", "bytes=90-"));

        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.Equal(100, (await whole.Content.ReadAsByteArrayAsync(Token)).Length);
        Assert.Equal("bytes", whole.Headers.AcceptRanges.ToString());
        Assert.Equal("no-store", whole.Headers.CacheControl!.ToString());
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("bytes 90-99/100", part.Content.Headers.ContentRange!.ToString());
        Assert.Equal([90, 91, 92, 93, 94, 95, 96, 97, 98, 99], await part.Content.ReadAsByteArrayAsync(Token));
        var row = Assert.Single(await _host.AuditAsync());
        Assert.Equal((AuditAction.RecordingPlayed, TwilioHost.Dana, _callId), (row.Action, row.AgentId!.Value, row.CallId!.Value));
        Assert.DoesNotContain(
            "secret-place", string.Join('\n', whole.Headers.Concat(whole.Content.Headers).SelectMany(header => header.Value)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_supervisor_hears_it_too()
    {
        using var response = await GetAsync(TwilioHost.Sam, Roles.Supervisor);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task For_others_it_is_as_if_there_were_none()
    {
        using var forbidden = await GetAsync(TwilioHost.Lee, Roles.Agent);
        using var missing = await _host.SendAsAsync(TwilioHost.Sam, Roles.Supervisor, HttpMethod.Get, $"/recordings/{_callId + 1}");

        Assert.Equal(HttpStatusCode.NotFound, forbidden.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(forbidden.Headers.ToString().Split('\n').Length, missing.Headers.ToString().Split('\n').Length);
        Assert.Equal(await forbidden.Content.ReadAsByteArrayAsync(Token), await missing.Content.ReadAsByteArrayAsync(Token));
        Assert.Empty(_host.Carrier.Asked);
        Assert.Empty(await _host.AuditAsync());
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_sent_away()
    {
        using var response = await _host.Http.GetAsync($"/recordings/{_callId}", Token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_recording_that_the_carrier_has_lost_is_not_found_and_a_carrier_in_trouble_is_not_our_error()
    {
        _host.Carrier.Sound = null;
        using var lost = await GetAsync(TwilioHost.Dana, Roles.Agent);
        _host.Carrier.SoundFailure = new TwilioRequestException(
            RequestFate.Refused, HttpStatusCode.ServiceUnavailable, null, "The carrier has a problem.");
        using var trouble = await GetAsync(TwilioHost.Dana, Roles.Agent);
        _host.Carrier.SoundFailure = new TwilioRequestException(
            RequestFate.Refused, HttpStatusCode.RequestedRangeNotSatisfiable, null, "No such part.");
        using var range = await GetAsync(TwilioHost.Dana, Roles.Agent, ("Range", "bytes=1000-"));

        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.BadGateway, HttpStatusCode.RequestedRangeNotSatisfiable),
            (lost.StatusCode, trouble.StatusCode, range.StatusCode));
        Assert.Empty(await _host.AuditAsync());
    }

    [Theory]
    [InlineData("bytes=1-2,4-5")]
    [InlineData("lines=1-2")]
    [InlineData("bytes=")]
    [InlineData("bytes=a-b")]
    public async Task A_range_that_we_do_not_know_is_not_passed_on(string range)
    {
        using var response = await GetAsync(TwilioHost.Dana, Roles.Agent, ("Range", range));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([$"open {Sid} "], _host.Carrier.Asked);
    }

    private Task<HttpResponseMessage> GetAsync(int agentId, string role, params (string Name, string Value)[] headers) =>
        _host.SendAsAsync(agentId, role, HttpMethod.Get, $"/recordings/{_callId}", headers);
}
