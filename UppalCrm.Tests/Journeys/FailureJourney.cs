using Microsoft.Playwright;
using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>What goes wrong is read in words, and nothing stays "dialling".</summary>
[Collection(nameof(Stage))]
public sealed class FailureJourney(Stage stage)
{
    private const string Number = "+12025550123";

    [Fact]
    public async Task Whatever_keeps_a_call_from_being_made_is_said_on_the_desk()
    {
        await using var house = await House.OpenAsync(("Dialling:CallsPerAgentPerMinute", "100"));
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.DialAsync(Number);
        // nobody has opened it yet
        await Expect(dana.Page.GetByRole(AriaRole.Link, new() { Name = "phone network", Exact = true }))
            .ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        await using var phones = await stage.OpenPhonesAsync(house);

        await DialledSaysAsync("The number is busy", new PhoneScript { Busy = true });
        await DialledSaysAsync("busy", new PhoneScript { Reject = true, AnswerAfter = 0.2 });
        await DialledSaysAsync("could not be reached", new PhoneScript { Fail = true });

        house.Network.Phones.Script(Number, new PhoneScript { NoAnswer = true });
        await dana.DialAsync(Number);
        await Expect(dana.CallPanel).ToContainTextAsync("Ringing");
        await dana.HangUpAsync();
        await house.UntilCallAsync(
            c => c is { Status: CallStatus.Ended, Outcome: CallOutcome.Cancelled }, "hanging up while it rings cancels the call");
        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Calls.All(c => c.Status is not ("ringing" or "queued" or "in-progress")),
            () => "no leg is left");

        foreach (var (rule, words) in new (RestRule, string)[]
        {
            (new RestRule { Operation = "POST /Calls.json", Status = 500 }, "telephone"),
            (new RestRule { Operation = "POST /Calls.json", Status = 400 }, "refused"),
        })
        {
            var before = (await house.FindCallAsync(calls => calls))!.Id;
            house.Network.Faults = new FaultSettings { Rest = [rule] };
            await dana.DialAsync(Number);
            var failed = await house.UntilCallAsync(
                c => c.Id > before && c is { Status: CallStatus.Ended, Outcome: CallOutcome.Failed },
                $"REST answering {rule.Status} ends the call", TimeSpan.FromSeconds(40));
            Assert.Contains(words, failed.EndReason, StringComparison.OrdinalIgnoreCase);
            await Expect(dana.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = failed.EndReason! }).First)
                .ToBeVisibleAsync(new() { Timeout = 15_000 });
            await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        }

        house.Network.Faults = FaultSettings.None;
        foreach (var (number, words) in new[] { ("12", "not a"), ("+8821234567890", "blocked"), ("+442079460018", "not allowed") })
        {
            await dana.DialAsync(number);
            await Expect(dana.Page.Locator("#dial-refusal")).Not.ToBeEmptyAsync();
            Assert.DoesNotContain("Exception", await dana.Page.Locator("#dial-refusal").InnerTextAsync(), StringComparison.Ordinal);
        }

        async Task DialledSaysAsync(string words, PhoneScript script)
        {
            house.Network.Phones.Script(Number, script);
            await dana.DialAsync(Number);
            await Expect(
                dana.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = words }).First).ToBeVisibleAsync(new() { Timeout = 20_000 });
            await Expect(dana.CallPanel).ToHaveCountAsync(0);
            await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        }
    }

    [Fact]
    public async Task A_refused_microphone_is_said_with_its_cure_and_the_agent_is_offered_nothing()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test", microphone: false);

        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Start shift", Exact = true }).ClickAsync();

        await Expect(dana.Page.Locator("section.start [role=alert]")).ToContainTextAsync("microphone", new() { IgnoreCase = true });
        await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        await house.UntilCallAsync(c => c.Status == CallStatus.Waiting, "the call waits");
        await Expect(dana.Offer).ToHaveCountAsync(0);
    }
}
