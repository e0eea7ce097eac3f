using Bunit;
using Microsoft.AspNetCore.Components.Web;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class DialpadTests
{
    [Fact]
    public async Task Clicked_keys_make_the_number_in_the_field_that_the_browser_dials()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);

        foreach (var digit in "2025550111")
        {
            await Key(pad, digit).ClickAsync(new());
        }

        Assert.Equal("(202) 555-0111", pad.Find("form[data-call-action=dial] input[name=number]").GetAttribute("value"));
    }

    [Fact]
    public async Task A_number_that_is_being_dialled_keeps_the_button_from_being_pressed_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);
        await pad.Find("input").InputAsync("+44 20 7946 0958");

        screen.PhoneIsAsked(CallAction.Dial);

        pad.WaitForAssertion(() => Assert.Contains("Calling…", pad.Find(".call").TextContent, StringComparison.Ordinal));
        Assert.True(pad.Find(".call").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Zero_held_is_a_plus()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);

        await Key(pad, '0').PointerDownAsync(new());
        screen.Centre.Clock.Advance(Dialpad.LongPress);
        await Key(pad, '0').ClickAsync(new MouseEventArgs { Detail = 1 });
        await Key(pad, '0').PointerDownAsync(new());
        await Key(pad, '0').ClickAsync(new MouseEventArgs { Detail = 1 });

        Assert.Equal("+0", pad.Find("input").GetAttribute("value"));
    }

    [Fact]
    public async Task A_number_that_was_refused_says_why_and_stays()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);
        await pad.Find("input").InputAsync("12");
        await pad.Find("form").SubmitAsync();

        screen.PhoneRefuses(CallAction.Dial, null, "The number is too short.", "12");

        pad.WaitForAssertion(() => Assert.Equal("The number is too short.", pad.Find("#dial-refusal").TextContent));
        Assert.Equal("true", pad.Find("input").GetAttribute("aria-invalid"));
        Assert.Equal("12", pad.Find("input").GetAttribute("value"));
    }

    [Fact]
    public async Task What_was_refused_from_elsewhere_is_not_said_of_what_is_typed_here()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);
        await pad.Find("input").InputAsync("+1202");

        screen.PhoneRefuses(CallAction.Dial, null, "Calls to +370 are not allowed here.", "+37012345678");

        Assert.Equal("", pad.Find("#dial-refusal").TextContent);
        Assert.Null(pad.Instance.Refused);
    }

    [Fact]
    public async Task An_empty_field_is_asked_for_a_number()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);

        await pad.Find("form").SubmitAsync();

        Assert.Equal("Type a number first.", pad.Find("#dial-refusal").TextContent);
    }

    [Fact]
    public async Task A_number_proposed_by_a_link_is_shown_and_not_dialled()
    {
        await using var screen = await DeskScreen.OpenAsync();

        var pad = screen.Ui.Render<Dialpad>(p => p.Add(d => d.Proposed, "+12025550111"));

        Assert.Equal("+1 202-555-0111", pad.Find("input").GetAttribute("value"));
    }

    [Fact]
    public async Task Call_on_an_empty_field_brings_back_the_last_number_first()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = screen.Ui.Render<Dialpad>(p => p.Add(d => d.Last, "+12025550111"));

        await pad.Find("form").SubmitAsync();

        Assert.Equal("+1 202-555-0111", pad.Find("input").GetAttribute("value"));
    }

    [Fact]
    public async Task Erase_takes_the_last_digit_whatever_was_laid_out_around_it()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);
        await pad.Find("input").InputAsync("(202) ");

        await pad.Find(".erase").ClickAsync(new());

        Assert.Equal("20", pad.Find("input").GetAttribute("value"));
    }

    private static AngleSharp.Dom.IElement Key(IRenderedComponent<Dialpad> pad, char digit) =>
        pad.FindAll(".key").Single(key => key.QuerySelector(".digit")!.TextContent == digit.ToString());

    private static IRenderedComponent<Dialpad> Render(DeskScreen screen) => screen.Ui.Render<Dialpad>();
}
