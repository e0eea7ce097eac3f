using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;
using UppalCrm.Web.History;

namespace UppalCrm.Tests.Offers;

public sealed class OfferReceiptsTests : IAsyncLifetime
{
    private CallCentre _centre = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _centre = await CallCentre.OpenAsync();

    public ValueTask DisposeAsync() => _centre.DisposeAsync();

    [Fact]
    public async Task What_the_screens_report_within_some_seconds_is_kept_as_one_event()
    {
        var call = await _centre.CallerArrivesAsync();
        var receipts = _centre.Get<OfferReceipts>();

        receipts.Note(call.Id, "a", OfferStage.Painted, TimeSpan.FromMilliseconds(120));
        receipts.Note(call.Id, "a", OfferStage.Audible, TimeSpan.FromMilliseconds(180));
        receipts.Note(call.Id, "b", OfferStage.Painted, TimeSpan.FromMilliseconds(640));
        receipts.Note(call.Id, "b", OfferStage.Blocked, TimeSpan.FromMilliseconds(1700));
        receipts.Note(call.Id, "a", OfferStage.Painted, TimeSpan.FromMilliseconds(9000));
        _centre.Clock.Advance(OfferReceipts.Gathering);

        await Eventually.HoldsAsync(async () => await ShownAsync(call.Id) is { Count: 1 }, () => "the event is there");
        Assert.Equal(new OfferReceipt(2, 1, 1, 120, 640, 180), OfferReceipt.Read((await ShownAsync(call.Id)).Single().Detail));
    }

    [Fact]
    public async Task What_comes_later_is_an_event_of_its_own()
    {
        var call = await _centre.CallerArrivesAsync();
        var receipts = _centre.Get<OfferReceipts>();
        receipts.Note(call.Id, "a", OfferStage.Painted, TimeSpan.FromMilliseconds(120));
        _centre.Clock.Advance(OfferReceipts.Gathering);
        await Eventually.HoldsAsync(async () => await ShownAsync(call.Id) is { Count: 1 }, () => "the first event is there");

        receipts.Note(call.Id, "b", OfferStage.Painted, TimeSpan.FromSeconds(20));
        _centre.Clock.Advance(OfferReceipts.Gathering);

        await Eventually.HoldsAsync(async () => await ShownAsync(call.Id) is { Count: 2 }, () => "the second event is there");
    }

    [Fact]
    public async Task A_call_that_was_never_offered_is_not_written_to()
    {
        var call = await _centre.CallerArrivesAsync();
        _centre.Clock.Advance(TimeSpan.FromHours(1));
        var receipts = _centre.Get<OfferReceipts>();
        var other = await _centre.CallerArrivesAsync();

        receipts.Note(call.Id, "a", OfferStage.Painted, TimeSpan.FromMilliseconds(-5));
        receipts.Note(call.Id + 1_000, "a", OfferStage.Painted, TimeSpan.Zero);
        receipts.Note(other.Id, "a", OfferStage.Painted, TimeSpan.Zero);
        _centre.Clock.Advance(OfferReceipts.Gathering);

        await Eventually.HoldsAsync(async () => await ShownAsync(other.Id) is { Count: 1 }, () => "the offer of the other call is there");
        Assert.Empty(await ShownAsync(call.Id));
    }

    [Fact]
    public void What_a_browser_makes_up_is_measured_within_the_life_of_an_offer_and_once_for_each_screen_and_stage()
    {
        var receipts = _centre.Get<OfferReceipts>();
        var measured = new ConcurrentQueue<double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Name == "uppalcrm.offer.delay")
                {
                    it.EnableMeasurementEvents(instrument);
                }
            },
        };
        // Other tests measure, too, and none of them lets a sound be blocked so late.
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            if (tags.ToArray().Contains(new("stage", "blocked")) && seconds is < 0 or > 100)
            {
                measured.Enqueue(seconds);
            }
        });
        listener.Start();

        foreach (var milliseconds in (int[])[int.MinValue, -1, int.MaxValue, int.MaxValue, 101_000])
        {
            receipts.Note(-7, "hostile", OfferStage.Blocked, TimeSpan.FromMilliseconds(milliseconds));
        }

        receipts.Note(-7, "honest", OfferStage.Blocked, TimeSpan.FromMilliseconds(101_500));

        Assert.Equal([TimeSpan.FromMinutes(30).TotalSeconds, 101.5], measured);
    }

    [Theory]
    [InlineData("""{"Screens":3,"Audible":2,"Blocked":1,"FirstPaintedMs":240,"LastPaintedMs":910,"FirstAudibleMs":300}""",
        "The offer stood on 3 screens, from 0.2 s to 0.9 s, and rang on 2, first after 0.3 s; 1 could make no sound")]
    [InlineData("""{"Screens":1,"Audible":0,"Blocked":0,"FirstPaintedMs":240,"LastPaintedMs":240}""",
        "The offer stood on 1 screen after 0.2 s, and rang on none")]
    [InlineData("""{"Screens":0,"Audible":0,"Blocked":2}""", "The offer stood on no screen, and rang on none; 2 could make no sound")]
    [InlineData("{", null)]
    [InlineData(null, null)]
    public void The_history_says_on_how_many_screens_it_stood_and_rang(string? detail, string? words) => Assert.Equal(
        words,
        HistoryLabels.EventOf(
            new HistoryEvent(CallEventKind.OfferShown, EventSource.Agent, ManualClock.Noon, Who: null, Leg: null, detail),
            CallDirection.Inbound));

    private async Task<List<CallEvent>> ShownAsync(long callId)
    {
        await using var db = _centre.OpenDatabase();
        return await db.Events.AsNoTracking().Where(e => e.CallId == callId && e.Kind == CallEventKind.OfferShown).ToListAsync(Token);
    }
}
