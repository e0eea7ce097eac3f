using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Simulator;

/// <summary>The Voice SDK's signalling, spoken by hand; a phone-network page, played by hand, gives the SDP.</summary>
public abstract class SignallingByHand : SimulatorTests
{
    private protected const string Offer = "v=0\r\na=ice-ufrag:abcd\r\n";

    private protected FlowingClock Clock { get; } = new(DateTimeOffset.UnixEpoch.AddYears(57));

    private protected string Reconnect { get; private set; } = "";

    internal override TimeProvider Time => Clock;

    private protected async Task<SocketPeer> PageAsync()
    {
        var page = await SocketPeer.OpenAsync(Network.Address, "/phone");
        await page.NextAsync("hello");
        await StartAsync(page);
        return page;
    }

    /// <summary>The start click, until the server has heard of it: what comes on another socket may overtake it.</summary>
    private protected async Task StartAsync(SocketPeer page)
    {
        await page.SendAsync(new { type = "ready", audio = true, mic = true });
        await Eventually(async () => (await Network.StateAsync()).PhonePage == "ready", "the page");
    }

    private protected async Task<SocketPeer> SoftphoneAsync(string? token = null)
    {
        var phone = await SocketPeer.OpenAsync(Network.Address, "/signal", "http://localhost:5080");
        await phone.SignalAsync("listen", new { token = token ?? Token(), reconnectTimeout = 30 });
        await phone.NextAsync("connected");
        return phone;
    }

    /// <summary>Calls as the SDK does, the page giving the answer.</summary>
    /// <returns>The CallSid.</returns>
    private protected async Task<string> ConnectAsync(SocketPeer phone, SocketPeer page, string parameters)
    {
        await phone.SignalAsync("invite", new { callsid = "TJS7", sdp = Offer, twilio = new { @params = parameters } });
        var sid = (await phone.NextAsync("ringing")).GetProperty("callsid").GetString()!;
        Assert.StartsWith("CA", sid);
        var offer = await page.NextAsync("leg-offer");
        Assert.Equal(
            (sid, "agent_7", Offer),
            (offer.GetProperty("leg").GetString(), offer.GetProperty("identity").GetString(), offer.GetProperty("sdp").GetString()));
        await page.SendAsync(new { type = "leg-answer", leg = sid, sdp = "v=0 answer" });
        var answer = await phone.NextAsync("answer");
        Assert.Equal((sid, "v=0 answer"), (answer.GetProperty("callsid").GetString(), answer.GetProperty("sdp").GetString()));
        Reconnect = answer.GetProperty("reconnect").GetString()!;
        return sid;
    }

    private protected string Token(
        string identity = "agent_7", string? secret = null, string? account = null, string? application = null, TimeSpan? life = null)
    {
        var settings = Network.Settings;
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var header = Encoded(new { alg = "HS256", typ = "JWT", cty = "twilio-fpa;v=1" });
        var payload = Encoded(new
        {
            jti = "SK-1",
            grants = new
            {
                identity,
                voice = new
                {
                    incoming = new { allow = true },
                    outgoing = new { application_sid = application ?? settings["TWILIO_TWIML_APP_SID"] },
                },
            },
            iat = now,
            exp = now + (long)(life ?? TimeSpan.FromHours(1)).TotalSeconds,
            iss = settings["TWILIO_API_KEY"],
            sub = account ?? settings["TWILIO_ACCOUNT_SID"],
        });
        var signature = HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(secret ?? settings["TWILIO_API_SECRET"]), Encoding.ASCII.GetBytes($"{header}.{payload}"));
        return $"{header}.{payload}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encoded(object claims) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims));
}
