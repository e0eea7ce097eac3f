using System.Net;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>Who calls, and how a call ends, as the carrier says it: signed, over HTTP, with Core and its database behind it.</summary>
public sealed class CallerWebhookTests : IAsyncLifetime
{
    private TwilioHost _host = null!;
    private int _legs;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await TwilioHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Six_callers_who_withhold_their_number_are_six_rows_that_nobody_can_call_back()
    {
        foreach (var from in (string[])["+266696687", "+266696687", "+266696687", "+86282452253", "+8656696", "Anonymous"])
        {
            await StatusAsync(await ArriveAsync(from), "completed");
        }

        var missed = _host.Get<MissedCalls>();
        var callers = (await missed.GetAsync(Token)).Callers;
        Assert.Equal(6, callers.Count);
        Assert.All(
            callers, caller => Assert.Equal(
                (false, "Number withheld"), (caller.CanCallBack, _host.Get<NumberFormat>().Show(caller.Number))));
        Assert.Equal(6, (await missed.CountAsync(Token)).Callers);

        await missed.FinishAsync(callers[0].Calls[0].Id, TwilioHost.Dana, supervises: false, Token);

        Assert.Equal(5, (await missed.GetAsync(Token)).Callers.Count);
    }

    [Theory]
    [InlineData("anonymous")]
    [InlineData("restricted")]
    [InlineData("blocked")]
    [InlineData("unknown")]
    [InlineData("unavailable")]
    [InlineData("private")]
    [InlineData("")]
    [InlineData("+266696687")]
    [InlineData("266696687")]
    [InlineData("+7378742833")]
    [InlineData("+2562533")]
    [InlineData("+8656696")]
    [InlineData("8656696")]
    [InlineData("+86282452253")]
    [InlineData("sip:anonymous@203.0.113.7")]
    [InlineData("sip:anonymous@anonymous.invalid")]
    public async Task Who_withholds_the_number_is_nobody_whatever_stands_in_its_place(string from)
    {
        await using (var db = _host.Database())
        {
            // From before: nobody can add such a contact any more.
            db.Contacts.Add(new Contact { Name = "Stranger", Version = 1, Numbers = [new() { Number = "+266696687" }] });
            await db.SaveChangesAsync(Token);
        }

        var first = await ArriveAsync(from);
        await StatusAsync(first, "completed");
        var call = await _host.CallOfAsync(await ArriveAsync(from));

        Assert.Equal((CallerIdentity.Nobody, null), (call.FromNumber, call.ContactId));
        Assert.Empty(await _host.Get<RecentCalls>().GetEarlierAsync(call, 5, Token));
        Assert.Equal("Number withheld", _host.Get<NumberFormat>().ShowCaller(call.FromNumber));
    }

    [Theory]
    [InlineData("sip:+12025550154@203.0.113.7:5060;user=phone", "sip:+14155550100@example.sip.twilio.com")]
    [InlineData("12025550154", "14155550100")]
    [InlineData("sips:12025550154@pbx.example", "+14155550100")]
    public async Task A_caller_is_known_by_the_number_in_whatever_spelling_it_comes(string from, string to)
    {
        var ada = await AddAsync("Ada", "+12025550154");

        var call = await _host.CallOfAsync(await ArriveAsync(from, to));

        Assert.Equal(("+12025550154", "+14155550100", ada), (call.FromNumber, call.ToNumber, call.ContactId));
        Assert.True(_host.Get<NumberFormat>().CanCallBack(call.FromNumber));
        var found = await _host.Get<CallHistory>().GetNewestAsync(
            new HistoryFilter { Search = "2025550154" }, new HistoryReader(TwilioHost.Sam, true), 10, Token);
        Assert.Equal([call.Id], found.Rows.Select(row => row.Id));
    }

    [Fact]
    public async Task A_SIP_user_without_a_number_is_shown_as_the_user_and_cannot_be_called_back()
    {
        var call = await _host.CallOfAsync(await ArriveAsync("sip:alice@pbx.example"));

        Assert.Equal("alice", _host.Get<NumberFormat>().ShowCaller(call.FromNumber));
        Assert.False(_host.Get<NumberFormat>().CanCallBack(call.FromNumber));
    }

    /// <summary>A family; people of two companies; people of whom only some have a company.</summary>
    [Theory]
    [InlineData("Cara;Ada;Ben", "One of 3: Ada, Ben, Cara")]
    [InlineData("Ada/Engines;Ben/Looms", "One of 2: Ada, Ben")]
    [InlineData("Zoë/Engines;Émile", "One of 2: Émile, Zoë")]
    [InlineData("Ada/Engines;Ben/engines", "Engines")]
    public async Task Of_several_who_have_the_callers_number_none_is_certain_whoever_was_changed_last(string people, string shown)
    {
        foreach (var person in people.Split(';'))
        {
            await AddAsync(person.Split('/')[0], "+12025550111", person.Split('/').ElementAtOrDefault(1));
        }

        var before = await _host.CallOfAsync(await ArriveAsync("+12025550111"));
        await using (var db = _host.Database())
        {
            var last = await db.Contacts.OrderBy(c => c.Id).FirstAsync(Token);
            (last.Notes, last.UpdatedAt, last.Version) = ("Changed", last.UpdatedAt.AddYears(1), last.Version + 1);
            await db.SaveChangesAsync(Token);
        }

        var after = await _host.CallOfAsync(await ArriveAsync("+12025550111"));

        Assert.Equal((null, shown), (before.ContactId, before.OtherName));
        Assert.Equal((null, shown), (after.ContactId, after.OtherName));
    }

    /// <summary>Each in another spelling: a transfer that comes back, a forwarded line, a telephone of the house.</summary>
    [Theory]
    [InlineData("+14155550100")]
    [InlineData("14155550100")]
    [InlineData("sip:+14155550100@example.sip.twilio.com")]
    public async Task A_call_from_one_of_our_lines_is_shown_as_our_line_and_is_nobodys(string from)
    {
        await using (var db = _host.Database())
        {
            db.Contacts.Add(new Contact { Name = "From before it was ours", Version = 1, Numbers = [new() { Number = "+14155550100" }] });
            await db.SaveChangesAsync(Token);
        }

        var call = await _host.CallOfAsync(await ArriveAsync(from));

        Assert.Null(call.ContactId);
        Assert.StartsWith("Our line", _host.Get<NumberFormat>().ShowCaller(call.FromNumber), StringComparison.Ordinal);
        Assert.False(_host.Get<NumberFormat>().CanCallBack(call.FromNumber));
    }

    [Theory]
    [InlineData("+5215512345678", "+525512345678")]
    [InlineData("+551187654321", "+5511987654321")]
    [InlineData("+4402079460991", "+442079460991")]
    public async Task A_subscriber_is_known_in_a_way_of_writing_that_the_country_has_given_up(string from, string e164)
    {
        var ada = await AddAsync("Ada", e164);

        Assert.Equal(ada, (await _host.CallOfAsync(await ArriveAsync(from))).ContactId);
    }

    /// <summary>Nothing said; said again by the recording's own news; hung up before the tone: no recording at all.</summary>
    [Theory]
    [InlineData("0", null)]
    [InlineData("0", "0")]
    [InlineData(null, null)]
    public async Task A_message_in_which_nothing_was_said_is_none(string? seconds, string? again)
    {
        const string sid = "RE00000000000000000000000000000001";
        var leg = await ArriveAsync("+12025550123");
        var call = await _host.CallOfAsync(leg);
        List<KeyValuePair<string, string>> form = TwilioHost.Voice(leg, "+12025550123", status: "in-progress");
        using var answer = await _host.PostAsync($"{WebhookPaths.Voicemail}?call={call.Id}", seconds is null ? form :
            [.. form, new("RecordingSid", sid), new("RecordingDuration", seconds), new("RecordingUrl", "https://api.twilio.com/x")]);
        if (again is not null)
        {
            using var news = await _host.PostAsync(WebhookPaths.Recording,
            [
                new("AccountSid", TwilioHost.Account), new("CallSid", leg.Value), new("RecordingSid", sid),
                new("RecordingStatus", "completed"),
                new("RecordingDuration", again), new("RecordingUrl", "https://api.twilio.com/x"), new("RecordingSource", "RecordVerb"),
            ]);
            Assert.Equal(HttpStatusCode.NoContent, news.StatusCode);
        }

        await StatusAsync(leg, "completed");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var ended = await _host.CallOfAsync(leg);
        Assert.Null(ended.RecordingSid);
        Assert.NotEqual(CallOutcome.Voicemail, ended.Outcome);
        Assert.Single((await _host.Get<MissedCalls>().GetAsync(Token)).Callers);
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("canceled")]
    [InlineData("no-answer")]
    public async Task A_caller_who_gives_up_and_is_told_by_call_status_alone_has_hung_up(string status)
    {
        var leg = await ArriveAsync("+12025550123");

        await StatusAsync(leg, status);

        var ended = await _host.CallOfAsync(leg);
        Assert.Equal((CallOutcome.Abandoned, CallEnder.Customer), (ended.Outcome, ended.EndedBy));
    }

    [Theory]
    [InlineData("?Name=O'Hara", "?Name=O%27Hara")]
    [InlineData("?Name=Zo%C3%AB+%28night%29", "?Name=Zo%C3%AB%20(night)")]
    [InlineData("?a[]=1&b=[x]", "?a%5B%5D=1&b=%5Bx%5D")]
    [InlineData("?home=~dana&note=hi!*", "?home=%7Edana&note=hi%21%2A")]
    [InlineData("?City=COEUR+D'ALENE&q=(~a+b)", "?City=COEUR%20D%27ALENE&q=%28%7Ea%20b%29")]
    [InlineData("?Name=%28Zo%C3%AB%29%20%7E", "?Name=(Zo%C3%AB)+~")]
    [InlineData("?x=O%27Hara+!", "?x=O'Hara%20%21")]
    public async Task A_signed_GET_is_let_in_in_every_spelling_that_means_the_same(string signed, string sent)
    {
        var target = $"{WebhookPaths.Wait}{{0}}&for=hold&AccountSid={TwilioHost.Account}";
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(_host.Http.BaseAddress + string.Format(null, target, sent).TrimStart('/'),
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Add(TwilioSignature.HeaderName,
            TwilioSigner.Sign(TwilioHost.AuthToken, TwilioHost.PublicUrl + string.Format(null, target, signed), []));

        using var response = await _host.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task<CallSid> ArriveAsync(string from, string to = "+14155550100")
    {
        var leg = new CallSid($"CA{++_legs:x32}");
        await _host.AskAsync(TwilioHost.Voice(leg, from, to));
        return leg;
    }

    private async Task StatusAsync(CallSid leg, string status)
    {
        using var response = await _host.PostAsync(WebhookPaths.CallStatus, TwilioHost.Voice(leg, "+12025550123", status: status));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private async Task<long> AddAsync(string name, string number, string? company = null)
    {
        var answer = await _host.Get<ContactBook>().CreateAsync(new ContactDraft(name, company, null, null, [new(number)]), Token);
        Assert.True(answer.Saved, answer.Refusal);
        return answer.Contact!.Id;
    }
}
