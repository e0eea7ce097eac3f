using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Dialling;

/// <summary>A stolen session must not become a telephone bill.</summary>
public sealed class DialLimitsTests
{
    private const string Customer = "+12025550123";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("CallsPerAgentPerHour", 59, "one hour", false)]
    [InlineData("CallsPerAgentPerDay", 60 * 23, "one day", false)]
    [InlineData("CallsPerAccountPerMinute", 0, "at this moment", true)]
    [InlineData("CallsPerAccountPerHour", 59, "one hour", true)]
    [InlineData("CallsPerAccountPerDay", 60 * 23, "one day", true)]
    public async Task So_many_calls_and_no_more(string limit, int minutesLater, string words, bool isOfAll)
    {
        await using var centre = await CallCentre.OpenAsync(($"Dialling:{limit}", "3"));
        var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(await DialAsync(centre, dana));
        }

        centre.Clock.Advance(TimeSpan.FromMinutes(minutesLater));
        Assert.Contains(words, await DialAsync(centre, dana));
        Assert.Equal(isOfAll, await DialAsync(centre, lee) is not null);
        await using var db = centre.OpenDatabase();
        Assert.Equal(isOfAll ? 3 : 4, await db.Audit.CountAsync(a => a.Action == AuditAction.Dialled && a.CallId != null, Token));
        Assert.Equal(isOfAll ? 2 : 1, await db.Audit.CountAsync(a => a.Action == AuditAction.DialRefused, Token));

        centre.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Null(await DialAsync(centre, dana));
    }

    [Fact]
    public async Task Of_all_who_dial_at_once_so_many_get_through_as_may()
    {
        await using var centre = await CallCentre.OpenAsync(("Dialling:LiveCalls", "4"));
        var agents = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            agents.Add(await centre.HireAsync($"Agent {i}"));
        }

        var answers = await Task.WhenAll(
            agents.Select(agent => Task.Run(() => centre.Outbound.PrepareAsync(agent, Customer, Token), Token)));

        Assert.Equal(4, answers.Count(answer => answer.IsDone));
        await using var db = centre.OpenDatabase();
        Assert.Equal(4, await db.Calls.CountAsync(Token));
    }

    [Fact]
    public async Task A_limit_that_is_reached_raises_one_alarm_an_hour()
    {
        await using var centre = await CallCentre.OpenAsync(("Dialling:CallsPerAgentPerHour", "1"));
        var dana = await centre.HireAsync("Dana");
        var alarms = new List<string>();
        centre.Get<DialAlarm>().Subscribe(alarms.Add);
        for (var i = 0; i < 5; i++)
        {
            await DialAsync(centre, dana);
        }

        Assert.Equal([$"Dialling:CallsPerAgentPerHour was reached (agent {dana})"], alarms);
    }

    [Fact]
    public async Task Many_refused_numbers_raise_an_alarm_and_each_is_on_record_without_the_whole_number()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var alarms = new List<string>();
        centre.Get<DialAlarm>().Subscribe(alarms.Add);
        for (var i = 0; i < 12; i++)
        {
            Assert.NotNull((await centre.Outbound.PrepareAsync(dana, $"+18765550{i:000}", Token)).Reason);
        }

        Assert.Equal([$"Many numbers were refused (agent {dana})"], alarms);
        await using var db = centre.OpenDatabase();
        var refused = await db.Audit.Where(a => a.Action == AuditAction.DialRefused).Select(a => a.Detail!).ToListAsync(Token);
        Assert.Equal(12, refused.Count);
        Assert.All(refused, detail => Assert.DoesNotContain("+1876555", detail));
        Assert.All(refused, detail => Assert.Contains("Jamaica", detail));
    }

    [Fact]
    public async Task The_switch_stops_all_dialling_for_everybody_and_is_an_administrators()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (dana, alex) = (await centre.HireAsync("Dana"), await centre.HireAsync("Alex"));
        await centre.PromoteAsync(alex, Roles.Admin);
        await Assert.ThrowsAsync<NotAllowedException>(() => centre.Get<DialSwitch>().SetAsync(true, dana, Token));
        var (dialled, leg) = ((await centre.Outbound.PrepareAsync(dana, Customer, Token)).Value!, centre.NewLeg());
        await centre.News.AgentConnectingAsync(leg, dana, dialled.ConferenceName, Token);

        await centre.Get<DialSwitch>().SetAsync(true, alex, Token);

        // Nor is dialled what was on its way.
        await centre.TellAsync(await centre.GetAsync(dialled.CallId), ConferenceEventKind.Joined, leg);
        await centre.CarrierIsDoneAsync();
        Assert.DoesNotContain(centre.Carrier.Asked, asked => asked.StartsWith("dial", StringComparison.Ordinal));
        Assert.Contains("stopped", (await centre.GetAsync(dialled.CallId)).EndReason);
        Assert.Contains("stopped", await DialAsync(centre, alex));
        await centre.Get<DialSwitch>().SetAsync(false, alex, Token);
        Assert.Null(await DialAsync(centre, alex));
        await using var db = centre.OpenDatabase();
        Assert.Equal(1, await db.Audit.CountAsync(a => a.Action == AuditAction.DiallingStopped && a.AgentId == alex, Token));
        Assert.Equal(1, await db.Audit.CountAsync(a => a.Action == AuditAction.DiallingAllowed && a.AgentId == alex, Token));
    }

    private static async Task<string?> DialAsync(CallCentre centre, int agent)
    {
        var answer = await centre.Outbound.PrepareAsync(agent, Customer, Token);
        if (answer.Value is { } call)
        {
            await centre.Desk.HangUpAsync(call.CallId, agent, Token);
        }

        return answer.Reason;
    }
}
