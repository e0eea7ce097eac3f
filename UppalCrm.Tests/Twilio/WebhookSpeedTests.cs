using System.Globalization;

namespace UppalCrm.Tests.Twilio;

/// <summary>How long a caller waits for the first answer. Printed, not judged: the machine that runs the tests may be busy.</summary>
public sealed class WebhookSpeedTests(ITestOutputHelper output)
{
    private const int WarmUp = 100;
    private const int Calls = 300;

    [Fact]
    public async Task Callers_of_a_small_load_are_all_sent_to_their_rooms_and_the_median_answer_is_printed()
    {
        await using var host = await TwilioHost.StartAsync();
        var times = new List<TimeSpan>();

        for (var i = 0; i < WarmUp + Calls; i++)
        {
            var leg = $"CA{i.ToString("x32", CultureInfo.InvariantCulture)}";
            var started = TimeProvider.System.GetTimestamp();
            var twiml = await host.AskAsync(TwilioHost.Voice(new CallSid(leg), $"+1202555{i:0000}"));
            times.Add(TimeProvider.System.GetElapsedTime(started));
            Assert.Equal($"incoming-{leg}", twiml.Element("Dial")!.Element("Conference")!.Value);
        }

        var sorted = times.Skip(WarmUp).Order().ToList();
        output.WriteLine($"Inbound voice webhook, signed, written to SQLite and answered: median {sorted[Calls / 2].TotalMilliseconds:f2} "
            + $"ms, p99 {sorted[Calls * 99 / 100].TotalMilliseconds:f2} ms of {Calls} calls.");
    }
}
