using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>The phone's own health: what it is heard and rings with, and what the light says when that is pulled out.</summary>
[Collection(nameof(Stage))]
public sealed class PhoneHealthJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";

    /// <summary>Hands over the browser's devices, measures what the page itself sounds, and can pull the microphone out.</summary>
    private const string Workbench = """
        (() => {
          const devices = navigator.mediaDevices, enumerate = devices.enumerateDevices.bind(devices),
            open = devices.getUserMedia.bind(devices);
          const bench = window.bench = { plugged: true, tracks: [], sounded: 0, shifted: 0 };
          devices.enumerateDevices = async () => (await enumerate()).filter(d => bench.plugged || d.kind !== 'audioinput');
          devices.getUserMedia = async wanted => {
            if (!bench.plugged) throw new DOMException('Requested device not found', 'NotFoundError');
            const stream = await open(wanted);
            bench.tracks.push(...stream.getTracks());
            return stream;
          };
          bench.plug = plugged => {
            bench.plugged = plugged;
            if (!plugged) {
              for (const track of bench.tracks.splice(0)) { track.stop(); track.dispatchEvent(new Event('ended')); }
            }
            devices.dispatchEvent(new Event('devicechange'));
          };
          const connect = AudioNode.prototype.connect;
          AudioNode.prototype.connect = function (to, ...rest) {
            if (to instanceof AudioDestinationNode) {
              const analyser = new AnalyserNode(this.context), samples = new Float32Array(analyser.fftSize);
              connect.call(this, analyser);
              setInterval(() => { analyser.getFloatTimeDomainData(samples);
                bench.sounded = Math.max(bench.sounded, ...samples.map(Math.abs)); }, 50);
            }
            return connect.call(this, to, ...rest);
          };
          new PerformanceObserver(list => list.getEntries().forEach(entry => { bench.shifted += entry.value; }))
            .observe({ type: 'layout-shift', buffered: true });
        })();
        """;

    [Fact]
    public async Task Devices_are_tried_and_remembered_and_the_light_tells_of_a_microphone_that_is_pulled_out_between_calls_and_in_one()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        var page = dana.Page;
        await dana.Context.AddInitScriptAsync(Workbench);
        await dana.OpenAsync("/");
        await dana.StartShiftAsync();
        var lamp = page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Phone:") });

        await lamp.ClickAsync();
        var meter = page.GetByRole(AriaRole.Meter, new() { Name = "Microphone level" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Test microphone" }).ClickAsync();
        await Eventually.HoldsAsync(
            async () => int.Parse(await meter.GetAttributeAsync("aria-valuenow") ?? "0") > 30, () => "the meter moves with what is said");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await page.EvaluateAsync("() => { bench.sounded = 0; }");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ring for a moment" }).ClickAsync();
        await Eventually.HoldsAsync(async () => await page.EvaluateAsync<double>("() => bench.sounded") > 0.1, () => "the ring is heard");
        await page.GetByLabel("Ringer").SelectOptionAsync(new SelectOptionValue { Label = "Fake Audio Output 1" });
        await page.GetByLabel("Microphone", new() { Exact = true })
            .SelectOptionAsync(new SelectOptionValue { Label = "Fake Audio Input 1" });
        await dana.ShotAsync("phone-panel");
        await page.ReloadAsync();
        await dana.UntilPhoneIsReadyAsync();
        await lamp.ClickAsync();
        await Expect(page.GetByLabel("Ringer").Locator("option:checked")).ToHaveTextAsync("Fake Audio Output 1");
        await Expect(
            page.GetByLabel("Microphone", new() { Exact = true }).Locator("option:checked")).ToHaveTextAsync("Fake Audio Input 1");

        await page.EvaluateAsync("() => bench.plug(false)");
        await Expect(lamp).ToHaveAccessibleNameAsync(
            new System.Text.RegularExpressions.Regex("^Phone: No microphone. No microphone is connected. Connect one"));
        await Expect(page.Locator("main").GetByRole(AriaRole.Alert)).ToContainTextAsync(
            "You cannot take calls now. No microphone is connected.");
        await Expect(page.GetByLabel("Microphone", new() { Exact = true }).GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await dana.ShotAsync("phone-no-microphone");
        await page.EvaluateAsync("() => bench.plug(true)");
        await Expect(lamp).ToHaveAccessibleNameAsync(new System.Text.RegularExpressions.Regex("^Phone: Phone ready"));
        await page.Keyboard.PressAsync("Escape");

        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        var spoken = await phones.UntilHearsAsync(Maya, 440, silence: -100);
        await Expect(dana.CallPanel).ToContainTextAsync("In call");

        // The microphone hums all the time: muted, the agent is told that they speak for nobody, and nothing moves for it.
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Mute", Exact = true }).ClickAsync();
        await page.EvaluateAsync("() => { bench.shifted = 0; }");
        await Expect(dana.CallPanel.Locator(".state")).ToContainTextAsync("You are muted. Press Ctrl+Shift+M to be heard.");
        await phones.UntilLosesAsync(Maya, 440, spoken);
        await dana.ShotAsync("desk-muted-hint");
        await page.Keyboard.PressAsync("Control+Shift+M");
        await Expect(dana.CallPanel.Locator(".state")).ToContainTextAsync("In call");
        await phones.UntilHearsAsync(Maya, 440, silence: -100);
        var shifted = await page.EvaluateAsync<double>("() => bench.shifted");
        output.WriteLine($"Layout shift while the hint came and went: {shifted:f4}.");
        Assert.True(shifted < 0.01, $"the page moved by {shifted:f4}");

        await page.EvaluateAsync("() => bench.plug(false)");
        await Expect(lamp).ToHaveAccessibleNameAsync(new System.Text.RegularExpressions.Regex("^Phone: No microphone. The microphone was "
            + "unplugged and there is no other. Plug one in: the call goes on."));
        await Expect(dana.CallPanel).ToContainTextAsync("there is no other");
        await phones.UntilLosesAsync(Maya, 440, spoken);
        await dana.ShotAsync("desk-call-no-microphone");
        await page.EvaluateAsync("() => bench.plug(true)");
        await Expect(lamp).ToHaveAccessibleNameAsync(
            new System.Text.RegularExpressions.Regex("^Phone: In call. The microphone was unplugged; another one is used now."));
        await phones.UntilHearsAsync(Maya, 440, silence: -100);
        await dana.HangUpAsync();
        await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, EndedBy: CallEnder.Agent }, "the call is over");
    }
}
