using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Offers;

/// <summary>Who a caller is from the moment of arriving on, at every door that asks.</summary>
public sealed class WhoIsCallingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_who_withhold_their_number_are_six_strangers_and_none_can_be_called_back()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        foreach (var from in (string[])["+266696687", "+266696687", "+266696687", "+86282452253", "+8656696", "Anonymous"])
        {
            await GiveUpAsync(centre, from);
        }

        var missed = centre.Get<MissedCalls>();
        var callers = (await missed.GetAsync(Cancel)).Callers;
        Assert.Equal(6, callers.Count);
        Assert.All(
            callers,
            caller => Assert.Equal((false, "Number withheld"), (caller.CanCallBack, centre.Get<NumberFormat>().Show(caller.Number))));
        Assert.Equal(new MissedCount(Callers: 6, Untaken: 6), await missed.CountAsync(Cancel));

        await missed.FinishAsync(callers[0].Calls[0].Id, dana, supervises: false, Cancel);

        Assert.Equal(5, (await missed.GetAsync(Cancel)).Callers.Count);
    }

    [Fact]
    public async Task A_withheld_caller_has_no_earlier_calls_and_becomes_no_contact()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await GiveUpAsync(centre, "+266696687");
        var call = await centre.InCallAsync(dana, "+266696687");

        Assert.Empty(await centre.Get<RecentCalls>().GetEarlierAsync(call, 5, Cancel));
        Assert.Equal(
            "The caller's number is withheld, so there is nothing to know them by next time.",
            await WhyNoContactAsync(centre, call, dana));
    }

    [Fact]
    public async Task A_caller_who_comes_by_SIP_is_known_by_the_number_in_the_address()
    {
        await using var centre = await CallCentre.OpenAsync();
        var ada = await centre.AddContactAsync("Ada", "+12025550154");

        var call = await ArriveAsync(centre, "sip:+12025550154@203.0.113.7:5060;user=phone", "sip:+14155550100@example.sip.twilio.com");

        Assert.Equal(("+12025550154", "+14155550100", ada), (call.FromNumber, call.ToNumber, call.ContactId));
        var found = await centre.Get<CallHistory>()
            .GetNewestAsync(new HistoryFilter { Search = "2025550154" }, new HistoryReader(1, true), 10, Cancel);
        Assert.Equal([call.Id], found.Rows.Select(row => row.Id));
        Assert.True(centre.Get<NumberFormat>().CanCallBack(call.FromNumber));
    }

    [Theory]
    [InlineData("+44 (0)20 7946 0958")]
    [InlineData("0044 20 7946 0958")]
    [InlineData("020 7946 0958")]
    [InlineData("7946 0958")]
    [InlineData("+44\u201120\u20117946\u20110958")]
    [InlineData("\u202D+442079460958\u202C")]
    public async Task A_call_is_found_by_its_number_however_it_is_written(string typed)
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync("+442079460958");
        await centre.CallerArrivesAsync("+12025550111");

        var found = await centre.Get<CallHistory>()
            .GetNewestAsync(new HistoryFilter { Search = typed }, new HistoryReader(1, true), 10, Cancel);

        Assert.Equal([call.Id], found.Rows.Select(row => row.Id));
    }

    [Fact]
    public async Task A_SIP_user_without_a_number_is_shown_as_the_user_and_cannot_be_called_back()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana, "sip:alice@pbx.example:5061;transport=tls");

        Assert.Equal("sip:alice@pbx.example", call.FromNumber);
        Assert.Equal(
            ("alice", false),
            (centre.Get<NumberFormat>().ShowCaller(call.FromNumber), centre.Get<NumberFormat>().CanCallBack(call.FromNumber)));
        Assert.StartsWith(
            "alice called without a telephone number", await WhyNoContactAsync(centre, call, dana), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_from_one_of_our_lines_is_nobodys_and_cannot_be_called_back()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await centre.AddContactAsync("Ada", CallCentre.OurLine); // from before it was ours
        var call = await centre.InCallAsync(dana, "sip:" + CallCentre.OurLine + "@203.0.113.7");

        Assert.Null(call.ContactId);
        Assert.Equal("Our line (202) 555-0100", centre.Get<NumberFormat>().ShowCaller(call.FromNumber));
        Assert.Equal("This is one of our own lines: no contact can have it.", await WhyNoContactAsync(centre, call, dana));
    }

    [Fact]
    public async Task Of_several_contacts_with_the_callers_number_none_is_written_into_the_call()
    {
        await using var centre = await CallCentre.OpenAsync();
        foreach (var name in (string[])["Cara", "Ada", "Ben"])
        {
            await centre.AddContactAsync(name, "+12025550111");
            centre.Clock.Advance(TimeSpan.FromMinutes(1)); // who was changed last makes no difference
        }

        var call = await centre.CallerArrivesAsync("+12025550111");

        Assert.Equal((null, "One of 3: Ada, Ben, Cara"), (call.ContactId, call.OtherName));
    }

    [Fact]
    public async Task A_caller_who_gives_up_and_is_told_by_call_status_alone_has_hung_up()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync();
        await centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);

        await centre.News.ReportAsync(
            new LegEvent(call.CustomerLeg!.Value, LegState.Completed, null, centre.Clock.GetUtcNow(), null, null), Cancel);

        var ended = await centre.GetAsync(call.Id);
        Assert.Equal((CallOutcome.Abandoned, CallEnder.Customer), (ended.Outcome, ended.EndedBy));
    }

    private static async Task<string?> WhyNoContactAsync(CallCentre centre, Call call, int agentId)
    {
        var answer = await centre.WrapUp.CreateContactAsync(call.Id, agentId, "Somebody", Cancel);
        await using var db = centre.OpenDatabase();
        Assert.False(await db.Contacts.AnyAsync(c => c.Name == "Somebody", Cancel));
        return answer.Refusal?.Reason;
    }

    private static async Task<Call> ArriveAsync(CallCentre centre, string from, string to) =>
        await centre.GetAsync((await centre.News.CallerArrivedAsync(new CallerArrived(centre.NewLeg(), from, to, null, null), Cancel)).Id);

    private static async Task GiveUpAsync(CallCentre centre, string from)
    {
        var call = await centre.CallerArrivesAsync(from);
        await centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);
        await centre.EndAsync(call);
    }
}
