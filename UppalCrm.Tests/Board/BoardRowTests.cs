using System.Collections.Immutable;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Board;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Board;

/// <summary>The parts of the board as a supervisor sees them.</summary>
public sealed class BoardRowTests : BunitContext
{
    private static readonly CallSid AgentSid = new("CA00000000000000000000000000000001");
    private static readonly CallSid CustomerSid = new("CA00000000000000000000000000000002");
    private static readonly CallSid SupervisorSid = new("CA00000000000000000000000000000003");

    public BoardRowTests()
    {
        Services.AddOptions();
        Services.AddSingleton<OurLines>().AddSingleton<NumberParser>().AddSingleton<NumberFormat>();
    }

    [Fact]
    public void A_row_shows_agent_customer_line_state_and_time()
    {
        var row = Render<CallRow>(p => p.Add(r => r.Value, Shown(Talking())));

        Assert.Contains("Dana Whitfield", row.Find(".who").TextContent);
        Assert.Contains("in on (202) 555-0100", Words(row.Find(".who")));
        Assert.Contains("Mary Poole", row.Find(".other").TextContent);
        Assert.Contains("(202) 555-0111", row.Find(".other").TextContent);
        Assert.Contains("Talking", row.Find(".state").TextContent);
        Assert.Contains("Being recorded", row.Find(".state").TextContent);
        Assert.Equal("2026-06-17T12:00:20.0000000Z", row.Find(".time elapsed-time").GetAttribute("since"));
    }

    [Fact]
    public void A_long_call_is_marked_by_the_browser_at_three_and_five_minutes()
    {
        var time = Render<CallRow>(p => p.Add(r => r.Value, Shown(Talking()))).Find(".time elapsed-time");

        Assert.Equal(("180", "300"), (time.GetAttribute("warn"), time.GetAttribute("alarm")));
    }

    [Fact]
    public void A_held_call_says_so_and_since_when()
    {
        var call = Talking();
        var held = call with
        {
            Version = 9, Legs = call.Legs.SetItem(0, call.Legs[0] with { Held = true, HeldSince = ManualClock.Noon.AddMinutes(1) }),
        };

        var chip = Render<CallRow>(p => p.Add(r => r.Value, Shown(held))).Find(".state .chip");

        Assert.Contains("On hold", chip.TextContent);
        Assert.Equal("2026-06-17T12:01:00.0000000Z", chip.QuerySelector("elapsed-time")!.GetAttribute("since"));
    }

    [Fact]
    public void A_recording_that_stands_still_is_marked_with_how_long_it_has_been()
    {
        var paused = Talking() with { Version = 9, RecordingPausedAt = ManualClock.Noon.AddMinutes(1) };

        var state = Render<CallRow>(p => p.Add(r => r.Value, Shown(paused))).Find(".state");

        Assert.DoesNotContain("Being recorded", state.TextContent);
        Assert.Contains("Recording paused", state.TextContent);
        Assert.Equal("2026-06-17T12:01:00.0000000Z", state.QuerySelector("elapsed-time")!.GetAttribute("since"));
    }

    [Fact]
    public void The_details_pause_the_recording_or_let_it_go_on()
    {
        var asked = new List<(long, bool)>();
        var detail = Render<CallDetail>(p => p.Add(d => d.Call, Talking()).Add(d => d.OnRecording, asked.Add));

        detail.FindAll("button").Single(b => b.TextContent.Contains("Pause recording")).Click();
        detail.Render(p => p.Add(d => d.Call, Talking() with { RecordingPausedAt = ManualClock.Noon }));
        detail.FindAll("button").Single(b => b.TextContent.Contains("Resume recording")).Click();

        Assert.Equal([(7L, true), (7L, false)], asked);
    }

    [Fact]
    public void A_call_in_progress_can_be_taken_over_or_given_to_one_who_is_free_and_a_refusal_is_read()
    {
        var lee = new AgentOnFloor(4, "Lee Okafor", "Available", Presence.Available, ManualClock.Noon, null, null, null, null);
        var told = PhoneState.Unknown with
        {
            Refusals = [new PhoneRefusal(CallAction.TakeOver, 7, null, "This call is being transferred already.", false)],
        };
        var detail = Render<CallDetail>(
            p => p.Add(d => d.Call, Talking()).Add(d => d.Free, [lee]).Add(d => d.Phone, told));

        var takeOver = detail.Find("[data-call-action=takeOver]");
        detail.FindAll("button").Single(b => b.TextContent.Contains("Give to")).Click();
        var giveTo = detail.Find("[data-call-action=giveTo]");

        Assert.Equal("7", takeOver.GetAttribute("data-call"));
        Assert.Equal(("7", "4", "Lee Okafor"), (giveTo.GetAttribute("data-call"), giveTo.GetAttribute("data-agent"), giveTo.TextContent));
        Assert.Equal("This call is being transferred already.", detail.Find("[role=alert]").TextContent);
        detail.Render(p => p.Add(d => d.Free, []));
        Assert.Contains("Nobody else is free.", detail.Markup, StringComparison.Ordinal);
        detail.Render(p => p.Add(d => d.IsMine, true));
        Assert.Empty(detail.FindAll("[data-call-action]"));
    }

    [Fact]
    public void The_customer_of_a_call_is_brought_into_another_one_in_progress()
    {
        var other = Talking() with { Id = 8, AgentName = "Lee Okafor", Other = "anonymous", OtherName = null };
        var detail = Render<CallDetail>(p => p.Add(d => d.Call, Talking()));
        Assert.DoesNotContain("Join with", detail.Markup, StringComparison.Ordinal); // there is no other

        detail.Render(p => p.Add(d => d.Others, [other]));
        detail.FindAll("button").Single(b => b.TextContent.Contains("Join with")).Click();
        var bring = detail.Find("[data-call-action=bringOver]");

        Assert.Equal(("7", "8"), (bring.GetAttribute("data-call"), bring.GetAttribute("data-into")));
        Assert.StartsWith("Lee Okafor and ", bring.TextContent.Trim(), StringComparison.Ordinal);
        Assert.Equal("Put aside", BoardLabels.StateOf(Talking() with { Status = CallStatus.Claimed, IsParked = true }));
    }

    [Fact]
    public void A_row_is_drawn_again_only_when_what_it_shows_has_changed()
    {
        var call = Talking();
        var row = Render<CallRow>(p => p.Add(r => r.Value, Shown(call)));

        row.Render(p => p.Add(r => r.Value, Shown(call with { })));
        Assert.Equal(1, row.Instance.Drawings);
        row.Render(p => p.Add(r => r.Value, Shown(call with { Version = call.Version + 1, Status = CallStatus.Ended })));

        Assert.Equal(2, row.Instance.Drawings);
    }

    [Fact]
    public void Listen_whisper_and_barge_stand_on_the_row_and_say_which_was_clicked()
    {
        var asked = new List<(long, SupervisorMode)>();
        var row = Render<CallRow>(p => p.Add(r => r.Value, Shown(Talking())).Add(r => r.OnMode, asked.Add));

        for (var i = 0; i < 3; i++)
        {
            row.FindAll(".act button")[i].Click();
        }

        Assert.Equal([(7L, SupervisorMode.Listen), (7L, SupervisorMode.Whisper), (7L, SupervisorMode.Barge)], asked);
    }

    [Fact]
    public void A_supervisor_who_is_in_sees_their_mode_pressed_and_a_leave_that_says_the_call_goes_on()
    {
        var left = new List<long>();
        var row = Render<CallRow>(
            p => p.Add(r => r.Value, Shown(Talking()) with { Mode = SupervisorMode.Whisper }).Add(r => r.OnLeave, left.Add));

        Assert.Equal(["false", "true", "false"], row.FindAll(".act [aria-pressed]").Select(b => b.GetAttribute("aria-pressed")));
        Assert.EndsWith("the call goes on", row.Find(".leave").GetAttribute("aria-label"));
        row.Find(".leave").Click();
        Assert.Equal([7L], left);
    }

    [Fact]
    public void Supervisors_see_one_another_on_the_row()
    {
        var call = Talking();
        var joined = call with
        {
            Version = 9,
            Legs = call.Legs.Add(new BoardLeg(SupervisorSid, LegRole.Supervisor, 3, "Sam Torres", false, false, null, true, AgentSid)),
        };

        var state = Render<CallRow>(p => p.Add(r => r.Value, Shown(joined))).Find(".state");

        Assert.Contains("Sam Torres is whispering", Words(state));
    }

    [Fact]
    public void A_supervisors_own_call_offers_no_listening_to_oneself()
    {
        var row = Render<CallRow>(p => p.Add(r => r.Value, Shown(Talking()) with { IsMine = true }));

        Assert.Empty(row.FindAll(".act button"));
    }

    [Fact]
    public void A_waiting_caller_shows_how_long_and_how_long_still()
    {
        var call = Talking() with
        {
            Status = CallStatus.Waiting, AgentId = null, AgentName = null, AnsweredAt = null, ExpiresAt = ManualClock.Noon.AddSeconds(60),
        };

        var row = Render<WaitingRow>(p => p.Add(r => r.Value, new WaitingRow.Shown(call, false)));

        Assert.Equal("2026-06-17T12:00:00.0000000Z", row.Find("elapsed-time").GetAttribute("since"));
        Assert.Equal("2026-06-17T12:01:00.0000000Z", row.Find("remaining-time").GetAttribute("until"));
    }

    [Fact]
    public void Each_tile_gives_its_figure_and_its_definition_to_those_who_point_at_it_or_cannot_see()
    {
        var tally = FloorTally.Of(
            [
                new CallFacts(
                    CallDirection.Inbound, CallStatus.Ended, CallOutcome.Answered, ManualClock.Noon, ManualClock.Noon.AddSeconds(12),
                    ManualClock.Noon.AddSeconds(99)),
                new CallFacts(
                    CallDirection.Inbound, CallStatus.Ended, CallOutcome.Missed, ManualClock.Noon, null, ManualClock.Noon.AddSeconds(60)),
            ],
            TimeSpan.FromSeconds(20));

        var tiles = Render<FloorTiles>(
            p => p.Add(t => t.Figures, new FloorFigures(3, ManualClock.Noon, new DateOnly(2026, 6, 17), tally, ToCallBack: 1)));

        Assert.Equal(
            [
                "Waiting: 3", "Longest wait:", "Service level: 50 % in 20 s", "Answer speed: 12 s", "Abandoned: 0", "Handled: 1",
                "To call back: 1"
            ],
            tiles.FindAll(".tile").Select(t => Words(t.QuerySelector(".label")!) + $": {Words(t.QuerySelector(".value")!)}")
                .Select(t => t.TrimEnd()));
        Assert.All(tiles.FindAll(".face"), face =>
        {
            Assert.Equal("0", face.GetAttribute("tabindex")); // by keyboard too
            Assert.NotEmpty(tiles.Find($"#{face.GetAttribute("aria-describedby")}").TextContent);
        });
    }

    [Theory]
    [InlineData(Presence.Available, "ready", null)]
    [InlineData(Presence.Available, "no-microphone", "No microphone")]
    [InlineData(Presence.Available, "NoMicrophone", "No microphone")]
    [InlineData(Presence.Available, null, "Phone not started")]
    [InlineData(Presence.Unreachable, "ready", "Browser not connected")]
    [InlineData(Presence.Offline, null, null)]
    public void An_agents_row_tells_whether_they_can_truly_be_reached(Presence presence, string? phone, string? trouble)
    {
        var agent = new AgentOnFloor(1, "Dana Whitfield", "Available", presence, ManualClock.Noon, null, null, null, phone);

        var row = Render<AgentRow>(p => p.Add(r => r.Value, new AgentRow.Shown(agent, false)));

        Assert.Equal(trouble, row.FindAll(".trouble").Select(Words).SingleOrDefault());
    }

    [Theory]
    [InlineData(3, 2, 1, "On 3 screens after 0.2 s, rings on 2 after 0.3 s, 1 can make no sound")]
    [InlineData(1, 0, 0, "On 1 screen after 0.2 s, rings nowhere")]
    [InlineData(0, 0, 2, "On no screen, rings nowhere, 2 can make no sound")]
    public void A_waiting_calls_details_say_where_it_stands_and_rings(int screens, int audible, int blocked, string words)
    {
        var call = Talking() with { Status = CallStatus.Waiting, Receipt = new OfferReceipt(screens, audible, blocked, 240, 910, 300) };

        var detail = Render<CallDetail>(p => p.Add(d => d.Call, call));
        var row = Render<WaitingRow>(p => p.Add(r => r.Value, new WaitingRow.Shown(call, false)));

        Assert.Contains(words, detail.Find("dl").TextContent, StringComparison.Ordinal);
        Assert.Equal(audible == 0, row.Markup.Contains("Rings nowhere", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_hears_whom_is_said_in_words_in_each_cell()
    {
        var call = Talking();
        var whispered =
            call with { Legs = call.Legs.Add(
                new BoardLeg(SupervisorSid, LegRole.Supervisor, 3, "Sam Torres", false, false, null, true, AgentSid)) };

        var grid = Render<CallDetail>(p => p.Add(d => d.Call, whispered)).Find(".hearing");

        Assert.Contains("Dana Whitfield hears Sam Torres.", grid.TextContent);
        Assert.Contains("Mary Poole does not hear Sam Torres, who whispers to somebody else.", grid.TextContent);
    }

    [Fact]
    public void Hanging_up_for_all_asks_first()
    {
        var ended = new List<long>();
        var detail = Render<CallDetail>(p => p.Add(d => d.Call, Talking()).Add(d => d.OnHangUp, ended.Add));

        detail.FindAll("button").Single(b => b.TextContent.Contains("Hang up for all")).Click();
        Assert.Empty(ended);
        detail.Find(".btn-danger").Click();

        Assert.Equal([7L], ended);
    }

    private static CallRow.Shown Shown(BoardCall call) => new(call, false, null, false, false);

    private static BoardCall Talking() => new(
        7, 4, CallDirection.Inbound, CallStatus.Connected, "+12025550111", "Mary Poole", "+12025550100", 1, "Dana Whitfield",
        ManualClock.Noon, null, ManualClock.Noon.AddSeconds(20), null, null,
        ImmutableArray.Create(
            new BoardLeg(CustomerSid, LegRole.Customer, null, null, false, false, null, false, null),
            new BoardLeg(AgentSid, LegRole.Agent, 1, "Dana Whitfield", false, false, null, false, null)));

    private static string Words(AngleSharp.Dom.IElement element) =>
        string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
