using System.Text;
using System.Text.Json;

namespace UppalCrm.Tests.Simulator;

/// <summary>The phone-network page: it places and takes calls, and its sound is recorded.</summary>
public sealed class PhonePageTests : SignallingByHand
{
    [Fact]
    public async Task The_page_places_and_takes_calls_and_its_sound_is_recorded()
    {
        AnswerAsACallCentre();
        await using var page = await PageAsync();
        await page.SendAsync(new { type = "place-call", own = Maya, to = Business });
        var calling = await page.NextAsync("phone");
        var leg = calling.GetProperty("leg").GetString()!;
        Assert.Equal(
            ("calling", "inbound", Maya, Business),
            (
                calling.GetProperty("state").GetString(),
                calling.GetProperty("direction").GetString(),
                calling.GetProperty("own").GetString(),
                calling.GetProperty("other").GetString()));
        await ConferenceHas("incoming-" + leg, 1);
        await using var phone = await SoftphoneAsync();
        var agent = await ConnectAsync(phone, page, "conference=incoming-" + leg);

        JsonElement mix;
        do
        {
            mix = await page.NextAsync("mix");
        }
        while (mix.GetProperty("recordings").GetArrayLength() == 0);

        Assert.Equal([agent], HeardBy(mix, leg));
        Assert.Equal([leg], HeardBy(mix, agent));
        var recording = mix.GetProperty("recordings")[0];
        Assert.Equal((agent, leg), (recording.GetProperty("left")[0].GetString(), recording.GetProperty("right")[0].GetString()));
        var sid = recording.GetProperty("sid").GetString()!;
        var sound = new byte[34 + 64000];
        Encoding.ASCII.GetBytes(sid, sound);
        sound.AsSpan(34).Fill(0x11);
        await page.SendAsync(sound);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await page.SendAsync(new { type = "hangup", leg });
        await page.SendAsync(new { type = "recorded", sid });

        await Eventually(() => Customer.At("recording").Any(told => told["RecordingStatus"] == "completed"), "the recording");
        var wav = await Rest.GetByteArrayAsync($"Recordings/{sid}.wav", TestContext.Current.CancellationToken);
        Assert.Equal(0x1111, BitConverter.ToInt16(wav, 44));
        Assert.Equal(Customer.At("recording")[^1]["RecordingSid"], sid);
        Assert.Equal("completed", (await Network.StateAsync()).Call(agent)!.Status);
    }

    [Fact]
    public async Task A_phone_on_the_page_can_be_busy_be_declined_and_answer()
    {
        AnswerAsACallCentre();
        await using var page = await PageAsync();
        (string, string)[] call =
        [
            ("To", Omar),
            ("From", Business),
            ("Url", Customer.Url("voice?conference=c")),
            ("StatusCallback", Customer.Url("status")),
        ];

        async Task<string> Ringing()
        {
            var sid = (await PostAsync("Calls.json", call)).GetProperty("sid").GetString()!;
            await CallIs(sid, "ringing");
            return sid;
        }

        var busy = await Ringing();
        await page.SendAsync(new { type = "reject", leg = busy, reason = "busy" });
        await Eventually(() => Customer.At("status").Count == 1, "the end of the first");
        var declined = await Ringing();
        await page.SendAsync(new { type = "reject", leg = declined, reason = "rejected" });
        await Eventually(() => Customer.At("status").Count == 2, "both ends");
        Assert.Equal(["486", "603"], Customer.At("status").Select(told => told["SipResponseCode"]));

        var answered = await Ringing();
        await page.SendAsync(new { type = "answer", leg = answered });
        await CallIs(answered, "in-progress");
        var second = (await PostAsync("Calls.json", call)).GetProperty("sid").GetString()!;
        await CallIs(second, "busy");
    }

    [Fact]
    public async Task A_page_that_stays_away_has_hung_up()
    {
        AnswerAsACallCentre();
        var page = await PageAsync();
        await page.SendAsync(new { type = "place-call", own = Maya, to = Business });
        var leg = (await page.NextAsync("phone")).GetProperty("leg").GetString()!;
        await CallIs(leg, "in-progress");

        await page.DisposeAsync();
        await Eventually(async () => (await Network.StateAsync()).PhonePage == "absent", "no page");
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(leg)!.Status);
        Clock.Advance(TimeSpan.FromSeconds(31));

        await CallIs(leg, "completed");
    }

    private static IEnumerable<string?> HeardBy(JsonElement mix, string leg) =>
        mix.GetProperty("legs").EnumerateArray().Single(
            one => one.GetProperty("leg").GetString() == leg).GetProperty("hears").EnumerateArray().Select(one => one.GetString());
}
