using Bunit;
using Microsoft.AspNetCore.Components.Web;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class DialpadTests
{
    private readonly List<string> _dialled = [];

    [Fact]
    public async Task Clicked_keys_make_the_number_that_is_dialled()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);

        foreach (var digit in "2025550111")
        {
            await Key(pad, digit).ClickAsync(new());
        }

        await pad.Find("form").SubmitAsync();

        Assert.Equal(["(202) 555-0111"], _dialled); // the server understands it
        Assert.Equal("", pad.Find("input").GetAttribute("value"));
    }

    [Fact]
    public async Task Enter_in_the_field_dials_what_was_typed()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen);

        await pad.Find("input").InputAsync("+44 20 7946 0958");
        await pad.Find("form").SubmitAsync();

        Assert.Equal(["+44 20 7946 0958"], _dialled);
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
    public async Task A_refusal_of_the_desk_is_shown_and_the_number_stays()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = Render(screen, refusal: "Calls to +370 are not allowed here.");

        await pad.Find("input").InputAsync("+37012345678");
        await pad.Find("form").SubmitAsync();

        Assert.Equal("Calls to +370 are not allowed here.", pad.Find("#dial-refusal").TextContent);
        Assert.Equal("true", pad.Find("input").GetAttribute("aria-invalid"));
        Assert.Equal("+37012345678", pad.Find("input").GetAttribute("value"));
    }

    [Fact]
    public async Task A_number_proposed_by_a_link_is_shown_and_not_dialled()
    {
        await using var screen = await DeskScreen.OpenAsync();

        var pad = screen.Ui.Render<Dialpad>(p => p.Add(d => d.Dial, DialAsync).Add(d => d.Proposed, "+12025550111"));

        Assert.Equal("+1 202-555-0111", pad.Find("input").GetAttribute("value"));
        Assert.Empty(_dialled);
    }

    [Fact]
    public async Task Call_on_an_empty_field_brings_back_the_last_number_first()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = screen.Ui.Render<Dialpad>(p => p.Add(d => d.Dial, DialAsync).Add(d => d.Last, "+12025550111"));

        await pad.Find("form").SubmitAsync();

        Assert.Equal("+1 202-555-0111", pad.Find("input").GetAttribute("value"));
        Assert.Empty(_dialled);
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

    private IRenderedComponent<Dialpad> Render(DeskScreen screen, string? refusal = null) => screen.Ui.Render<Dialpad>(p => p.Add(d => d.Dial, number =>
    {
        _dialled.Add(number);
        return Task.FromResult(refusal);
    }));

    private Task<string?> DialAsync(string number)
    {
        _dialled.Add(number);
        return Task.FromResult<string?>(null);
    }
}
