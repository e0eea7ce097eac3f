using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Web.Desk;

namespace UppalCrm.Tests.Desk;

public sealed class CallBarTests
{
    [Fact]
    public async Task The_call_goes_along_to_every_page_but_the_desk_which_has_its_panel()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var navigation = screen.Ui.Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("contacts");
        var bar = screen.Ui.Render<CallBar>();
        screen.PhoneIsIn(call);

        bar.WaitForAssertion(() => Assert.Equal("In call", bar.Find(".words").TextContent));
        Assert.Equal(
            ("hangUp", $"{call.Id}"),
            (bar.Find(".btn-danger").GetAttribute("data-call-action"), bar.Find(".btn-danger").GetAttribute("data-call")));
        Assert.NotNull(bar.Find("elapsed-time"));

        navigation.NavigateTo("/");
        bar.WaitForAssertion(() => Assert.Empty(bar.FindAll("section")));
    }

    [Fact]
    public async Task It_offers_to_mute_and_to_unmute_and_tells_who_speaks_while_muted()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        screen.Ui.Services.GetRequiredService<NavigationManager>().NavigateTo("contacts");
        var bar = screen.Ui.Render<CallBar>();
        screen.PhoneIsIn(call);

        Assert.Equal("mute", bar.WaitForElement("[aria-label=Mute]").GetAttribute("data-call-action"));
        screen.PhoneIsIn(call, muted: true, mutedHint: "You are muted. Press Unmute to be heard.");
        bar.WaitForAssertion(() => Assert.Equal("You are muted. Press Unmute to be heard.", bar.Find("[role=status]").TextContent));
        Assert.Equal("unmute", bar.Find("[aria-label=Unmute]").GetAttribute("data-call-action"));
    }
}
