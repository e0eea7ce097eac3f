using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class ActiveCallTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dialling_prepares_the_call_and_joins_the_phone_before_the_customer_is_dialled()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Hand.OpenAsync();

        Assert.Null(await screen.Hand.DialAsync("+12025550111"));

        var call = screen.Hand.Call!;
        Assert.Equal(CallStatus.Preparing, call.Status);
        Assert.Equal([call.Id, call.ConferenceName], Assert.Single(screen.Browser.Invocations["connect"]).Arguments);
        Assert.DoesNotContain(screen.Centre.Carrier.Asked, what => what.StartsWith("dial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_phone_that_cannot_join_fails_the_call_and_says_why()
    {
        await using var screen = await DeskScreen.OpenAsync();
        screen.Answer("connect", new PhoneAnswer(false, "No microphone was found."));
        await screen.Hand.OpenAsync();

        await screen.Hand.DialAsync("+12025550111");

        Assert.Null(screen.Hand.Call);
        Assert.Equal(new CallProblem("No microphone was found.", "+12025550111", OfPhone: true), screen.Hand.Problem);
    }

    [Fact]
    public async Task A_refused_number_is_answered_in_words_and_nothing_is_joined()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Hand.OpenAsync();

        Assert.Contains("not allowed", await screen.Hand.DialAsync("+37012345678"), StringComparison.Ordinal);
        Assert.Equal(0, screen.TimesAsked("connect"));
    }

    [Fact]
    public async Task A_busy_number_is_told_with_whom_to_call_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Hand.OpenAsync();
        await screen.Hand.DialAsync("+12025550111");
        var call = screen.Hand.Call!;
        var leg = screen.Centre.NewLeg();
        await screen.Centre.Get<CarrierEventHandler>().AgentConnectingAsync(leg, screen.Dana, call.ConferenceName, Now);
        await screen.Centre.TellAsync(call, ConferenceEventKind.Joined, leg);

        await EndUnreachedAsync(screen, call);

        await UntilAsync(() => screen.Hand.Problem is not null);
        Assert.Equal(new CallProblem("The number is busy.", "+12025550111"), screen.Hand.Problem);
        Assert.Null(screen.Hand.Call);
    }

    [Fact]
    public async Task The_phones_word_that_a_call_is_over_is_enough_to_leave_it()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Hand.OpenAsync();
        screen.PhoneIsIn(call);
        Assert.NotNull(screen.Hand.Call);

        screen.PhoneSays(PhoneLight.Ready);

        Assert.Null(screen.Hand.Call);
    }

    [Fact]
    public async Task A_call_that_the_server_still_has_comes_back_after_a_while()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Hand.OpenAsync();
        screen.PhoneIsIn(call);
        screen.PhoneSays(PhoneLight.Ready);

        screen.Centre.Clock.Advance(ActiveCall.EndConfirmedWithin);

        Assert.Equal(call.Id, screen.Hand.Call?.Id);
        Assert.False(screen.Hand.PhoneIsIn);
    }

    [Fact]
    public async Task The_carriers_word_that_a_call_is_over_leads_to_wrap_up()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Hand.OpenAsync();
        screen.PhoneIsIn(call);

        await screen.Centre.EndAsync(call);

        await UntilAsync(() => screen.Hand.WrappingUp is not null);
        Assert.Equal(call.Id, screen.Hand.WrappingUp!.Id);
        Assert.Null(screen.Hand.Call);
    }

    private static async Task EndUnreachedAsync(DeskScreen screen, Call call)
    {
        await screen.Centre.Get<BackgroundTasks>().WhenIdleAsync(Now); // the order to dial
        var customer = (await screen.Centre.GetAsync(call.Id)).CustomerLeg!.Value;
        await screen.Centre.Get<CarrierEventHandler>().ReportAsync(new LegEvent(customer, LegState.Busy, 2, null, null, 486), Now);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var deadline = Environment.TickCount64 + 10_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, "It did not come about within 10 s.");
            await Task.Delay(10, Now);
        }
    }
}
