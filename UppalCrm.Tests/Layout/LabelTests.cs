using UppalCrm.Web.Desk;
using UppalCrm.Web.Layout;

namespace UppalCrm.Tests.Layout;

/// <summary>Words and figures that several pages show.</summary>
public sealed class LabelTests
{
    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(65, "1:05")]
    [InlineData(3723, "1:02:03")]
    [InlineData(90_000, "25:00:00")]
    public void A_measured_time_is_shown_as_a_clock(int seconds, string shown) =>
        Assert.Equal(shown, CallLabels.Lasted(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_time_that_was_not_measured_is_a_dash() => Assert.Equal("–", CallLabels.Lasted(null));

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(25, "25 s")]
    [InlineData(59.7, "1 min")]
    [InlineData(120, "2 min")]
    [InlineData(65, "1 min 5 s")]
    public void A_time_that_was_set_is_shown_in_words(double seconds, string shown) =>
        Assert.Equal(shown, CallLabels.InWords(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Every_presence_and_every_outcome_has_a_word_and_no_two_have_the_same()
    {
        Assert.Distinct(Enum.GetValues<Presence>().Select(PresenceLabels.Of));
        Assert.Distinct(Enum.GetValues<CallOutcome>().Select(CallLabels.OutcomeOf));
    }

    [Theory]
    [InlineData(Presence.Away, "Lunch", "Lunch")]
    [InlineData(Presence.OnCall, "Available", "On call")]
    [InlineData(Presence.Unreachable, "Available", "Unreachable")]
    [InlineData(Presence.Available, "Available", "Available")]
    public void Who_is_free_to_choose_is_shown_by_the_status_they_chose(Presence presence, string status, string shown) =>
        Assert.Equal(shown, PresenceLabels.Of(new AgentOnFloor(1, "Lee", status, presence, null, null, null, null, null)));
}
