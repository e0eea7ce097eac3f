using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.History;

namespace UppalCrm.Tests.Recordings;

/// <summary>Nothing of a card number is on record, and nobody believes so when it is.</summary>
public sealed class RecordingPauseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_agent_pauses_the_recording_and_lets_it_go_on_and_both_are_written_down()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);

        Assert.True((await centre.Get<RecordingPause>().SetAsync(call.Id, dana, paused: true, Token)).IsDone);
        Assert.Equal(centre.Clock.GetUtcNow(), (await centre.GetAsync(call.Id)).RecordingPausedAt);
        Assert.True((await centre.Get<RecordingPause>().SetAsync(call.Id, dana, paused: true, Token)).IsDone); // the second click of two
        Assert.True((await centre.Get<RecordingPause>().SetAsync(call.Id, dana, paused: false, Token)).IsDone);

        Assert.Null((await centre.GetAsync(call.Id)).RecordingPausedAt);
        Assert.Equal(
            [$"recording {call.ConferenceSid} paused", $"recording {call.ConferenceSid} on"],
            centre.Carrier.Asked.Where(asked => asked.StartsWith("recording")));
        await using var db = centre.OpenDatabase();
        Assert.Equal(
            [(AuditAction.RecordingPaused, dana), (AuditAction.RecordingResumed, dana)],
            await db.Audit.OrderBy(a => a.Id).Select(a => ValueTuple.Create(a.Action, a.AgentId!.Value)).ToListAsync(Token));
        var story =
            (await centre.Get<CallHistory>().FindAsync(call.Id, new HistoryReader(dana, Supervises: false), Token))!.Events.Select(e =>
                HistoryLabels.EventOf(e, CallDirection.Inbound));
        Assert.Equal(
            ["Dana paused the recording", "Dana let the recording go on"], story.Where(words => words?.Contains("the recording") == true));
    }

    [Fact]
    public async Task What_the_carrier_has_not_confirmed_is_not_shown()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);
        centre.Carrier.Refusal = "The carrier did not answer in time.";

        var answer = await centre.Get<RecordingPause>().SetAsync(call.Id, dana, paused: true, Token);

        Assert.Equal("The recording could not be paused: The carrier did not answer in time.", answer.Reason);
        Assert.Null((await centre.GetAsync(call.Id)).RecordingPausedAt);
        await using var db = centre.OpenDatabase();
        Assert.Empty(await db.Audit.ToListAsync(Token));
    }

    [Fact]
    public async Task A_supervisor_may_and_another_agent_may_not()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (dana, lee, sam) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"), await centre.HireSupervisorAsync());
        var call = await centre.InCallAsync(dana);

        await Assert.ThrowsAsync<NotAllowedException>(() => centre.Get<RecordingPause>().SetAsync(call.Id, lee, paused: true, Token));
        Assert.DoesNotContain(centre.Carrier.Asked, asked => asked.StartsWith("recording"));
        Assert.True((await centre.Get<RecordingPause>().SetAsync(call.Id, sam, paused: true, Token)).IsDone);

        Assert.NotNull((await centre.GetAsync(call.Id)).RecordingPausedAt);
    }

    [Fact]
    public async Task A_call_that_waits_or_is_over_has_no_recording_to_pause()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();
        var waiting = await centre.CallerArrivesAsync();
        var dana = await centre.HireAsync("Dana");
        var over = await centre.InCallAsync(dana, "+12025550122");
        Assert.True((await centre.Get<RecordingPause>().SetAsync(over.Id, dana, paused: true, Token)).IsDone);
        await centre.EndAsync(over);

        foreach (var id in new[] { waiting.Id, over.Id, 99_999 })
        {
            Assert.Equal(
                "Only a call in progress is recorded.",
                (await centre.Get<RecordingPause>().SetAsync(id, sam, paused: true, Token)).Reason);
        }

        Assert.Null((await centre.GetAsync(over.Id)).RecordingPausedAt); // a call that is over is not paused for ever
    }

    [Fact]
    public async Task The_recording_stands_still_in_the_network_before_the_call_says_so_and_ends_as_ever()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var customer = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await dana.UntilOfferedAsync();
        var claim = await dana.AcceptAsync(offer.CallId);
        await dana.JoinAsync(claim.ConferenceName!);
        var call = await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call is connected");
        var pause = house.Services.GetRequiredService<RecordingPause>();
        Result answer = default;
        await Eventually.HoldsAsync(
            async () => (answer = await pause.SetAsync(call.Id, dana.AgentId, paused: true, Token)).IsDone,
            () => $"the recording is paused; the carrier says: {answer.Reason}");

        Assert.Equal("paused", await StatusAsync());
        Assert.NotNull((await house.FindCallAsync(calls => calls))!.RecordingPausedAt);
        Assert.True((await pause.SetAsync(call.Id, dana.AgentId, paused: false, Token)).IsDone);
        Assert.Equal("in-progress", await StatusAsync());
        Assert.Null((await house.FindCallAsync(calls => calls))!.RecordingPausedAt);

        Assert.True((await pause.SetAsync(call.Id, dana.AgentId, paused: true, Token)).IsDone);
        await house.Network.HangUpAsync(customer);
        await house.UntilCallAsync(
            c => c is { Status: CallStatus.Ended, RecordingPausedAt: null }, "the call is over, and its pause with it");
        // absent: so short a call leaves none
        await Eventually.HoldsAsync(async () => await StatusAsync() is "completed" or "absent", () => "the recording ends");

        async Task<string> StatusAsync() => Assert.Single((await house.Network.StateAsync()).Recordings).Status;
    }
}
