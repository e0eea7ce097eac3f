using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Twilio.Clients;
using Twilio.Rest.Api.V2010.Account;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Twilio;
using TwilioNumber = Twilio.Types.PhoneNumber;

namespace UppalCrm.Tests.Twilio;

/// <summary>What happens when Twilio is slow, busy, broken or gone; against a real server on this machine.</summary>
public sealed class TwilioRequestHandlerTests : IAsyncLifetime
{
    private const string Call = "CA00000000000000000000000000000001";
    private const string Made = $$"""{"sid":"{{Call}}","status":"queued"}""";

    private StubTwilio _stub = null!;
    private ITwilioRestClient _twilio = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await StubTwilio.StartAsync();
        _twilio = _stub.Client();
    }

    public ValueTask DisposeAsync() => _stub.DisposeAsync();

    [Fact]
    public async Task A_read_is_repeated_until_it_succeeds()
    {
        _stub.Answers(500).Answers(503).HangsUp().Answers(200, Made);

        var call = await _twilio.SendAsync(client => CallResource.FetchAsync(Call, client: client), Token);

        Assert.Equal(Call, call.Sid);
        Assert.Equal(4, _stub.Seen.Count);
    }

    [Fact]
    public async Task A_change_is_repeated_when_Twilio_was_too_busy_to_look_at_it()
    {
        _stub.Answers(429, """{"code":20429,"status":429}""", ("Retry-After", "0")).Answers(201, Made);

        await MakeCallAsync(_twilio);

        Assert.Equal(2, _stub.Seen.Count);
        Assert.Equal(_stub.Seen.First(), _stub.Seen.Last());
    }

    [Fact]
    public async Task A_change_waits_as_long_as_Twilio_asks()
    {
        _stub.Answers(429, "{}", ("Retry-After", "1")).Answers(201, Made);
        var started = TimeProvider.System.GetTimestamp();

        await MakeCallAsync(_twilio);

        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(950));
    }

    [Fact]
    public async Task A_wait_that_an_agent_would_not_sit_out_is_not_begun()
    {
        _stub.Answers(429, """{"code":20429}""", ("Retry-After", "3600"));

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));

        Assert.Equal((RequestFate.Refused, 20429), (failure.Fate, failure.Code!.Value));
        Assert.Single(_stub.Seen);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task A_change_whose_answer_tells_nothing_is_sent_once_and_its_outcome_is_unknown(int status)
    {
        _stub.Answers(status);

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));

        Assert.Equal(RequestFate.Unknown, failure.Fate);
        Assert.Single(_stub.Seen);
    }

    [Fact]
    public async Task A_change_whose_connection_breaks_is_sent_once_and_its_outcome_is_unknown()
    {
        _stub.HangsUp();

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));

        Assert.Equal(RequestFate.Unknown, failure.Fate);
        Assert.Single(_stub.Seen);
    }

    [Fact]
    public async Task A_change_that_is_never_answered_is_given_up_and_its_outcome_is_unknown()
    {
        _stub.SaysNothing();
        var clock = new ManualClock();
        var twilio = _stub.Services(time: clock).GetRequiredService<ITwilioRestClient>();

        var request = MakeCallAsync(twilio);
        await Eventually.HoldsAsync(() => _stub.Seen.Count == 1, "the request is there");
        clock.Advance(TwilioRequestHandler.AttemptTimeout);

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => request);
        Assert.Equal(RequestFate.Unknown, failure.Fate);
        Assert.Contains("did not answer", failure.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_leaves_the_outcome_unknown()
    {
        _stub.Answers(201, "<html>");

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));

        Assert.Equal(RequestFate.Unknown, failure.Fate);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_was_sent()
    {
        var twilio = _stub.Services($"http://127.0.0.1:{Ports.Free()}").GetRequiredService<ITwilioRestClient>();

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(twilio));

        Assert.Equal(RequestFate.Refused, failure.Fate);
        Assert.Contains("could not be reached", failure.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_many_failures_the_answer_comes_at_once()
    {
        var twilio = _stub.Services($"http://127.0.0.1:{Ports.Free()}").GetRequiredService<ITwilioRestClient>();
        for (var i = 0; i < 4; i++)
        {
            await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(twilio));
        }

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(twilio));

        Assert.Equal(RequestFate.Refused, failure.Fate);
        Assert.Contains("several times in a row", failure.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(21211, "not valid")]
    [InlineData(21215, "country")]
    [InlineData(21216, "does not call")]
    [InlineData(20003, "administrator")]
    [InlineData(10004, "Too many")]
    [InlineData(99999, "refused")]
    public async Task A_refusal_is_told_in_words(int code, string words)
    {
        _stub.Answers(400, $$"""{"code":{{code}},"message":"do not show this","status":400}""");

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));

        Assert.Equal((RequestFate.Refused, code), (failure.Fate, failure.Code!.Value));
        Assert.Contains(words, failure.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("do not show this", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_without_a_code_is_told_by_its_status()
    {
        _stub.Answers(401, "<html>no</html>");

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));

        Assert.Contains("account", failure.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_no_longer_wanted_is_cut_off()
    {
        _stub.SaysNothing();
        using var stop = new CancellationTokenSource();

        var request = _twilio.SendAsync(client => CallResource.FetchAsync(Call, client: client), stop.Token);
        await Eventually.HoldsAsync(() => _stub.Seen.Count == 1, "the request is there");
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }

    [Fact]
    public async Task What_is_thrown_holds_no_telephone_number()
    {
        _stub.Answers(400, """{"code":21211,"message":"The 'To' number +15005550010 is not valid.","status":400}""").HangsUp()
            .Answers(201, "<html>");

        for (var i = 0; i < 3; i++)
        {
            var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));
            Assert.DoesNotContain("5005550010", failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        _stub.Answers(307, "{}", ("Location", "http://127.0.0.1:1/elsewhere"));

        var failure = await Assert.ThrowsAsync<TwilioRequestException>(() => MakeCallAsync(_twilio));

        Assert.Equal(RequestFate.Unknown, failure.Fate);
        Assert.Single(_stub.Seen);
    }

    private static Task<CallResource> MakeCallAsync(ITwilioRestClient twilio) => twilio.SendAsync(
        client => CallResource.CreateAsync(
            to: new TwilioNumber("+15005550010"), from: new TwilioNumber("+15005550006"), url: new Uri("https://voice.example.com/t"),
            client: client),
        Token);
}
