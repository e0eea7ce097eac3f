using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.CarrierEvents;

/// <summary>What is corrected, and asked of the carrier, when events never came.</summary>
public sealed class ReconcilerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_supervisor_whose_leaving_nobody_told_is_written_down()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (call, dana) = await InCallAsync(centre);
        var sam = await centre.HireAsync("Sam");
        var sams = centre.NewLeg();
        await centre.News.SupervisorConnectingAsync(sams, sam, call.ConferenceName, SupervisorMode.Listen, Token);
        await centre.TellAsync(call, ConferenceEventKind.Joined, sams);

        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana]);

        await using var db = centre.OpenDatabase();
        Assert.Equal([AuditAction.ListenStarted, AuditAction.ListenEnded], db.Audit.OrderBy(a => a.Id).Select(a => a.Action).ToList());
        Assert.Equal(CallStatus.Connected, (await centre.GetAsync(call.Id)).Status);
    }

    [Fact]
    public async Task A_whisper_that_lost_its_agents_leg_is_pointed_to_the_other_one()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (call, danas) = await InCallAsync(centre);
        var sam = await centre.HireAsync("Sam");
        var (sams, again) = (centre.NewLeg(), centre.NewLeg());
        await centre.News.SupervisorConnectingAsync(sams, sam, call.ConferenceName, SupervisorMode.Whisper, Token);
        await centre.TellAsync(call, ConferenceEventKind.Joined, sams);
        await using (var db = centre.OpenDatabase())
        {
            db.Legs.Add(new CallLeg { CallId = call.Id, CallSid = again, Role = LegRole.Agent, AgentId = call.AgentId });
            await db.SaveChangesAsync(Token);
        }

        // Neither the join of the second leg nor the leaving of the first was told.
        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, again, sams]);

        Assert.NotNull((await centre.GetAsync(call.Id)).FindLeg(danas)!.LeftAt);
        Assert.Equal(again, (await centre.GetAsync(call.Id)).FindLeg(sams)!.CoachedLeg);
    }

    [Fact]
    public async Task A_stray_leg_is_removed_again_as_long_as_it_is_there()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (call, dana) = await InCallAsync(centre);
        var lee = await centre.HireAsync("Lee");
        var stray = centre.NewLeg();
        await using (var db = centre.OpenDatabase())
        {
            db.Legs.Add(new CallLeg { CallId = call.Id, CallSid = stray, Role = LegRole.Agent, AgentId = lee });
            await db.SaveChangesAsync(Token);
        }

        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana, stray]);
        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana, stray]);

        Assert.Equal(2, centre.Carrier.Asked.Count(asked => asked == $"remove {stray}"));
    }

    [Theory]
    [InlineData("supervises", 0)]
    [InlineData("supervises no more", 2)]
    [InlineData("is deactivated", 2)]
    [InlineData("is signed out", 2)]
    public async Task Who_may_hear_a_call_no_more_is_removed_again_as_long_as_they_are_there(string sam, int removals)
    {
        await using var centre = await CallCentre.OpenAsync();
        var (call, dana) = await InCallAsync(centre);
        var (hears, sams) = (await centre.HireSupervisorAsync(), centre.NewLeg());
        var session = await centre.SignInAsync(hears);
        await centre.TellToJoinAsync(call, hears, LegRole.Supervisor, session, sams);
        await centre.News.SupervisorConnectingAsync(sams, hears, call.ConferenceName, SupervisorMode.Listen, Token);
        await centre.TellAsync(call, ConferenceEventKind.Joined, sams);
        await using (var db = centre.OpenDatabase())
        {
            switch (sam)
            {
                case "supervises no more":
                    await db.UserRoles.Where(held => held.UserId == hears).ExecuteDeleteAsync(Token);
                    break;
                case "is deactivated":
                    var now = centre.Clock.GetUtcNow();
                    await db.Agents.Where(a => a.Id == hears).ExecuteUpdateAsync(set => set.SetProperty(a => a.DeactivatedAt, now), Token);
                    break;
                case "is signed out":
                    await centre.Get<SignInSessions>().EndAsync(hears, session.Id, "signed out", Token);
                    break;
            }
        }

        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana, sams]);
        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana, sams]);

        Assert.Equal(removals, centre.Carrier.Asked.Count(asked => asked == $"remove {sams}"));
        Assert.DoesNotContain(centre.Carrier.Asked, asked => asked == $"remove {dana}");
    }

    [Fact]
    public async Task An_answer_that_an_event_has_overtaken_corrects_nothing()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (call, dana) = await InCallAsync(centre);
        var again = centre.NewLeg();
        await using (var db = centre.OpenDatabase())
        {
            db.Legs.Add(new CallLeg { CallId = call.Id, CallSid = again, Role = LegRole.Agent, AgentId = call.AgentId });
            await db.SaveChangesAsync(Token);
        }

        // Dana's new leg joins, and the customer is held, after the carrier has looked and before its answer is here.
        centre.Carrier.WhileFindingConference = async () =>
        {
            await centre.TellAsync(call, ConferenceEventKind.Joined, again);
            await centre.TellAsync(call, ConferenceEventKind.Held, call.CustomerLeg);
        };
        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana]);

        var after = await centre.GetAsync(call.Id);
        Assert.Equal((true, true), (after.FindLeg(again)!.IsIn, after.FindCustomerLeg()!.Held));
        centre.Carrier.WhileFindingConference = null;
        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana]);
        Assert.False((await centre.GetAsync(call.Id)).FindLeg(again)!.IsIn); // the next round knows better
    }

    [Fact]
    public async Task A_call_whose_conference_is_gone_is_ended_as_it_went()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (call, _) = await InCallAsync(centre);
        centre.Clock.Advance(TimeSpan.FromSeconds(30));

        await centre.Get<Reconciler>().ReconcileAsync(afterRestart: true, Token);

        var ended = await centre.GetAsync(call.Id);
        Assert.Equal((CallStatus.Ended, CallOutcome.Answered), (ended.Status, ended.Outcome));
    }

    [Fact]
    public async Task A_conference_that_outlived_its_call_is_ended()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (call, dana) = await InCallAsync(centre);
        await centre.Desk.HangUpAsync(call.Id, call.AgentId!.Value, Token);
        await centre.CarrierIsDoneAsync();
        centre.Carrier.Asked.Clear();

        await ReconcileAsync(centre, call, [call.CustomerLeg!.Value, dana]);

        Assert.Equal([$"end-conference {call.ConferenceName}"], centre.Carrier.Asked);
    }

    private static async Task<(Call Call, CallSid DanasLeg)> InCallAsync(CallCentre centre)
    {
        var call = await centre.InCallAsync(await centre.HireAsync("Dana"));
        return (call, call.FindAgentLeg()!.CallSid);
    }

    private static async Task ReconcileAsync(CallCentre centre, Call call, IReadOnlyList<CallSid> present)
    {
        var known = await centre.GetAsync(call.Id);
        centre.Carrier.OnFindConference = _ => new ConferenceReport(call.ConferenceSid!, call.ConferenceName, [.. present.Select(leg =>
            new ParticipantReport(leg, null, known.FindLeg(leg)!.Muted, known.FindLeg(leg)!.Held, known.FindLeg(leg)!.Coaching, null))]);
        await centre.Get<Reconciler>().ReconcileAsync(afterRestart: true, Token);
        await centre.CarrierIsDoneAsync();
    }
}
