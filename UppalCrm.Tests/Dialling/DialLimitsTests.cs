using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
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

    /// <summary>The second, on another node, dials when the first has been counted and is not written yet.</summary>
    [Theory]
    [InlineData("CallsPerAccountPerMinute", true)]
    [InlineData("CallsPerAccountPerMinute", false)]
    [InlineData("CallsPerAccountPerHour", true)]
    [InlineData("LiveCalls", true)]
    public async Task Of_two_nodes_that_dial_at_once_one_gets_the_last_place(string limit, bool secondTransfers)
    {
        await using var centre = await CallCentre.OpenAsync(($"Dialling:{limit}", "1"));
        var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        var danas = await centre.InCallAsync(dana);
        var lees = secondTransfers ? await centre.InCallAsync(lee, "+12025550112") : null;
        var pause = new PauseAfterCounting();
        await using var other = OpenNode(centre, pause);

        var first = Task.Run(
            () => other.GetRequiredService<OutsideTransfers>().StartAsync(danas.Id, dana, Customer, null, false, Token), Token);
        await pause.Reached.WaitAsync(TimeSpan.FromSeconds(20), Token);
        var second = Task.Run<Refusal?>(
            async () => lees is not null
                ? (await centre.Get<OutsideTransfers>().StartAsync(lees.Id, lee, Customer, null, false, Token)).Refusal
                : (await centre.Outbound.PrepareAsync(lee, Customer, Token)).Refusal,
            Token);
        await Task.WhenAny(second.WaitAsync(TimeSpan.FromMilliseconds(250), Token)); // it waits for the first one's transaction
        pause.GoOn();

        Assert.True((await first).IsDone);
        Assert.Equal(limit, Assert.IsType<DialLimitReached>(await second).Limit);
        await using var db = centre.OpenDatabase();
        Assert.Equal((1, 0), (
            await db.Transfers.CountAsync(Token), await db.Calls.CountAsync(c => c.Direction == CallDirection.Outbound, Token)));
        Assert.Equal(1, await db.Audit.CountAsync(a => a.Action == AuditAction.DialRefused && a.AgentId == lee, Token));
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

    /// <summary>Another node of the same call centre, with somebody looking on at its database.</summary>
    private static ServiceProvider OpenNode(CallCentre centre, params IInterceptor[] interceptors)
    {
        var configuration = centre.Get<IConfiguration>();
        return new ServiceCollection().AddLogging().AddSingleton(configuration).AddSingleton<TimeProvider>(centre.Clock)
            .AddSingleton<ITelephony>(centre.Carrier).AddCallCentre(configuration, Path.GetTempPath())
            .AddSingleton<IDbContextFactory<CrmDbContext>>(new WatchedDatabase(centre, interceptors)).BuildServiceProvider();
    }

    /// <summary>Holds its node up, once, when all calls have been counted.</summary>
    private sealed class PauseAfterCounting : DbCommandInterceptor
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void GoOn() => _goOn.TrySetResult();

        public override async ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
        {
            // The calls that are open are counted last.
            if (command.CommandText.Contains("COUNT(", StringComparison.Ordinal)
                && command.CommandText.Contains("'Ended'", StringComparison.Ordinal))
            {
                _reached.TrySetResult();
                await _goOn.Task;
            }

            return result;
        }
    }
}
