using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>One agent, several browsers: the server's side of there being one phone.</summary>
public sealed class OnePhoneTests
{
    [Fact]
    public async Task Accepted_in_one_browser_the_others_of_the_same_agent_fall_silent_and_show_the_call()
    {
        await using var house = await House.OpenAsync();
        await using var first = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var second = await AgentClient.ConnectAsync(house, first.AgentId, first.Http, first.Cookies, "other.1");
        await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await first.UntilOfferedAsync();
        await second.UntilOfferedAsync();

        var answer = await second.AcceptAsync(offer.CallId);

        Assert.True(answer.Won);
        await Eventually.HoldsAsync(() => first.Offers.IsEmpty && second.Offers.IsEmpty, "both are silent");
        await Eventually.HoldsAsync(() => first.LastSnapshot?.ActiveCall?.CallId == offer.CallId, "the other shows the call");
        Assert.True((await first.AcceptAsync(offer.CallId)).Won); // a click there at the same moment is the same agent's, and no refusal
    }

    [Fact]
    public async Task Declined_in_one_browser_the_others_of_the_same_agent_fall_silent_and_other_agents_do_not()
    {
        await using var house = await House.OpenAsync();
        await using var first = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var second = await AgentClient.ConnectAsync(house, first.AgentId, first.Http, first.Cookies, "other.1");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test");
        await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await second.UntilOfferedAsync();
        await first.UntilOfferedAsync();
        await lee.UntilOfferedAsync();

        await first.DeclineAsync(offer.CallId);

        await Eventually.HoldsAsync(() => first.Offers.IsEmpty && second.Offers.IsEmpty, "both are silent");
        Assert.NotEmpty(lee.Offers);
    }

    [Fact]
    public async Task A_newer_browser_is_the_phone_and_the_older_one_is_told_where_it_is()
    {
        await using var house = await House.OpenAsync();
        await using var desk = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var sameBrowser = await AgentClient.ConnectAsync(
            house, desk.AgentId, desk.Http, desk.Cookies, $"test{desk.AgentId}.2");
        // Greeted, so known as the phone: one of two that connect at once may be the later by the database, whichever began.
        await Eventually.HoldsAsync(() => sameBrowser.LastSnapshot is not null, "the second tab is greeted");
        await using var laptop = await AgentClient.ConnectAsync(house, desk.AgentId, desk.Http, desk.Cookies, "laptop.1");

        await Eventually.HoldsAsync(
            () => desk.PhoneElsewhere == "laptop" && sameBrowser.PhoneElsewhere == "laptop", "the older browser's tabs are told");
        Assert.Null(laptop.PhoneElsewhere); // and a second tab of the same browser was no reason to tell anybody
    }

    [Fact]
    public async Task The_second_leg_of_one_agent_is_refused_the_room()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await dana.UntilOfferedAsync();
        var answer = await dana.AcceptAsync(offer.CallId);
        var first = await dana.JoinAsync(answer.ConferenceName!);
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call is connected");

        var second = await dana.JoinAsync(answer.ConferenceName!);

        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Call(second)?.EndedAt is not null, () => "the second leg is turned away");
        Assert.Null((await house.Network.StateAsync()).Call(first)!.EndedAt);
    }
}
