using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class ScreenPopTests
{
    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "contacts")]
    public async Task A_call_that_is_taken_opens_the_desk_where_the_agent_looks_and_nowhere_else(bool looking, string page)
    {
        await using var screen = await DeskScreen.OpenAsync();
        screen.Answer("mayPop", new PhoneAnswer(looking, null));
        var navigation = screen.Ui.Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("contacts");
        screen.Ui.Render<ScreenPop>();

        await screen.Centre.InCallAsync(screen.Dana);

        await Eventually.HoldsAsync(
            () => screen.TimesAsked("mayPop") == 1 && navigation.ToBaseRelativePath(navigation.Uri) == page,
            "the page is where it should be");
    }

    [Fact]
    public async Task A_page_opened_beside_a_call_stays_as_it_is()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        screen.Ui.Services.GetRequiredService<NavigationManager>().NavigateTo("contacts");
        screen.Ui.Render<ScreenPop>();

        screen.PhoneIsIn(call);
        screen.PhoneSays(PhoneStatus.Ready);
        screen.Centre.Clock.Advance(ActiveCall.EndConfirmedWithin); // the phone says that it left, and the server that it did not

        await Eventually.HoldsAsync(() => screen.Active.Call?.Id == call.Id, "the call is in hand");
        Assert.Equal(0, screen.TimesAsked("mayPop"));
    }
}
