using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class ActiveCallTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_number_that_was_dialled_is_shown_at_once_while_the_phone_joins()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Active.OpenAsync();

        var call = await DialAsync(screen);

        await Eventually.HoldsAsync(() => screen.Active.Call?.Id == call.Id, "the dialled call is shown");
        Assert.Equal(CallStatus.Preparing, screen.Active.Call!.Status);
        Assert.False(screen.Active.PhoneIsIn);
    }

    [Fact]
    public async Task A_phone_that_cannot_join_is_told_as_the_phones_own_problem()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Active.OpenAsync();
        var call = await DialAsync(screen);
        await Eventually.HoldsAsync(() => screen.Active.Call is not null, "the dialled call is shown");

        screen.PhoneRefuses(CallAction.Dial, null, "No microphone was found.", "+12025550111", ofPhone: true);
        await screen.Centre.Desk.ReleaseAsync(call.Id, screen.Dana, "No microphone was found.", Now);

        await Eventually.HoldsAsync(() => screen.Active.Call is null, "the call is gone from the desk");
        Assert.Equal(new CallProblem("No microphone was found.", "+12025550111", OfPhone: true), screen.Active.Problem);
    }

    [Fact]
    public async Task A_number_that_was_refused_is_told_with_its_number_until_the_phone_forgets_it()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Active.OpenAsync();

        screen.PhoneRefuses(CallAction.Dial, null, "Calls to +370 are not allowed here.", "+37012345678");
        Assert.Equal(new CallProblem("Calls to +370 are not allowed here.", "+37012345678"), screen.Active.Problem);

        screen.PhoneSays(PhoneStatus.Ready);
        Assert.Null(screen.Active.Problem);
    }

    [Fact]
    public async Task A_busy_number_is_told_with_whom_to_call_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Active.OpenAsync();
        var call = await DialAsync(screen);
        await Eventually.HoldsAsync(() => screen.Active.Call is not null, "the dialled call is shown");
        var leg = screen.Centre.NewLeg();
        await screen.Centre.Get<CarrierEventHandler>().AgentConnectingAsync(leg, screen.Dana, call.ConferenceName, Now);
        await screen.Centre.TellAsync(call, ConferenceEventKind.Joined, leg);

        await EndUnreachedAsync(screen, call);

        await Eventually.HoldsAsync(() => screen.Active.Problem is not null, "the problem is shown");
        Assert.Equal(new CallProblem("The number is busy.", "+12025550111"), screen.Active.Problem);
        Assert.Null(screen.Active.Call);
    }

    [Fact]
    public async Task A_number_that_is_busy_before_the_phone_is_open_is_told_by_the_carriers_reason_and_not_by_the_phones()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Active.OpenAsync();
        var call = await DialAsync(screen);
        await Eventually.HoldsAsync(() => screen.Active.Call is not null, "the dialled call is shown");
        var leg = screen.Centre.NewLeg();
        await screen.Centre.Get<CarrierEventHandler>().AgentConnectingAsync(leg, screen.Dana, call.ConferenceName, Now);
        await screen.Centre.TellAsync(call, ConferenceEventKind.Joined, leg);
        await EndUnreachedAsync(screen, call);
        await Eventually.HoldsAsync(
            () => screen.Active.Call is null && screen.Active.Problem is not null, "the problem is shown in place of the call");

        screen.PhoneRefuses(CallAction.Dial, null, "The carrier did not let this phone into the call.", "2025550111", ofPhone: true);

        Assert.Equal(new CallProblem("The number is busy.", "+12025550111"), screen.Active.Problem);
        screen.Active.Dismiss();
        Assert.True(screen.Active.Problem!.OfPhone); // the phone forgets its own by the same button
    }

    [Fact]
    public async Task The_phones_word_that_a_call_is_over_is_enough_to_leave_it()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Active.OpenAsync();
        screen.PhoneIsIn(call);
        Assert.NotNull(screen.Active.Call);

        screen.PhoneSays(PhoneStatus.Ready);

        Assert.Null(screen.Active.Call);
    }

    [Fact]
    public async Task A_call_that_the_server_still_has_comes_back_after_a_while()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Active.OpenAsync();
        screen.PhoneIsIn(call);
        screen.PhoneSays(PhoneStatus.Ready);

        screen.Centre.Clock.Advance(ActiveCall.EndConfirmedWithin);

        Assert.Equal(call.Id, screen.Active.Call?.Id);
        Assert.False(screen.Active.PhoneIsIn);
    }

    [Fact]
    public async Task The_carriers_word_that_a_call_is_over_leads_to_wrap_up()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Active.OpenAsync();
        screen.PhoneIsIn(call);

        await screen.Centre.EndAsync(call);

        await Eventually.HoldsAsync(() => screen.Active.WrappingUp is not null, "the call is in wrap-up");
        Assert.Equal(call.Id, screen.Active.WrappingUp!.Id);
        Assert.Null(screen.Active.Call);
    }

    /// <summary>As the hub does for the browser that dials.</summary>
    private static async Task<Call> DialAsync(DeskScreen screen)
    {
        var answer = await screen.Centre.Outbound.PrepareAsync(screen.Dana, "+12025550111", Now);
        return await screen.Centre.GetAsync(answer.Value!.CallId);
    }

    private static async Task EndUnreachedAsync(DeskScreen screen, Call call)
    {
        await screen.Centre.Get<BackgroundTasks>().WhenIdleAsync(Now); // the order to dial
        var customer = (await screen.Centre.GetAsync(call.Id)).CustomerLeg!.Value;
        await screen.Centre.Get<CarrierEventHandler>().ReportAsync(new LegEvent(customer, LegState.Busy, 2, null, null, 486), Now);
    }
}
