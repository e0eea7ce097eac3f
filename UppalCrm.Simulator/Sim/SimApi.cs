using System.Globalization;
using System.Text.Json;
using UppalCrm.Simulator.Phones;

namespace UppalCrm.Simulator.Sim;

/// <summary><c>/sim/…</c>: the network's own door, for tests and for a person. <c>GET /sim/help</c> explains it.</summary>
internal static class SimApi
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Map(WebApplication app, PhoneNetwork network)
    {
        app.MapGet("/sim/help", (HttpContext context) => SayAsync(context, Help));
        app.MapGet("/sim/state", async (HttpContext context) => await AnswerAsync(context, await network.StateAsync()));
        app.MapGet(
            "/sim/log",
            (HttpContext context) => AnswerAsync(
                context,
                network.Log.After(long.TryParse(context.Request.Query["after"], CultureInfo.InvariantCulture, out var n) ? n : 0)));
        app.MapGet("/sim/settings", (HttpContext context) => AnswerAsync(context, network.Settings));
        app.MapGet("/sim/knobs", (HttpContext context) => AnswerAsync(context, network.Faults));
        app.MapPost("/sim/knobs", (HttpContext context) => ReadAsync<FaultSettings>(context, async faults =>
        {
            network.Faults = faults;
            await AnswerAsync(context, network.Faults);
        }));
        app.MapPost("/sim/route", (HttpContext context) => ReadAsync<RouteRequest>(context, async route =>
        {
            if (!Uri.TryCreate(route.VoiceUrl, UriKind.Absolute, out _))
            {
                await RefuseAsync(context, "voiceUrl must be an address, like http://localhost:5080/api/twilio/webhook/voice.");
                return;
            }

            await network.RouteToAsync(route.VoiceUrl);
            await AnswerAsync(context, route);
        }));
        app.MapPost("/sim/phones/{address}", (HttpContext context) => ReadAsync<PhoneScript>(context, async script =>
        {
            var address = Value(context, "address");
            if (!Numbers.IsE164(address) && !Numbers.IsClient(address) && address != "*")
            {
                await RefuseAsync(
                    context, "The address is a number in E.164 form (with + written %2B or as it is), client:identity, or *.");
                return;
            }

            network.Phones.Script(address, script);
            await AnswerAsync(context, script);
        }));
        app.MapDelete("/sim/phones/{address}", (HttpContext context) =>
        {
            network.Phones.Forget(Value(context, "address"));
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        app.MapPost("/sim/calls", (HttpContext context) => ReadAsync<CallRequest>(context, async call =>
        {
            if (!Numbers.IsE164(call.From) || !Numbers.IsE164(call.To))
            {
                await RefuseAsync(context, "from and to are numbers in E.164 form, like +12025550111.");
                return;
            }

            await AnswerAsync(
                context, new { callSid = await network.PlaceCallAsync(call.From, call.To, Seconds(call.HangupAfter), call.Digits) });
        }));
        app.MapPost("/sim/calls/{sid}/hangup", (HttpContext context) => HangUpAsync(context, network));
        app.MapPost(
            "/sim/calls/{sid}/digits",
            (HttpContext context) => ReadAsync<DigitsRequest>(
                context, async keys => await AnswerFoundAsync(context, await network.PressAsync(Value(context, "sid"), keys.Digits))));
        app.MapPost("/sim/softphones/{identity}/connect", (HttpContext context) => ReadAsync<ConnectRequest>(context, async connect =>
        {
            var sid = await network.ConnectSoftphoneAsync(Value(context, "identity"), connect.Params, Seconds(connect.HangupAfter));
            await AnswerAsync(context, new { callSid = sid });
        }));
        app.MapPost("/sim/softphones/{sid}/hangup", (HttpContext context) => HangUpAsync(context, network));
    }

    private static async Task HangUpAsync(HttpContext context, PhoneNetwork network) =>
        await AnswerFoundAsync(context, await network.HangUpAsync(Value(context, "sid")));

    private static Task AnswerFoundAsync(HttpContext context, bool found)
    {
        context.Response.StatusCode = found ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        return AnswerAsync(context, new { done = found });
    }

    private static string Value(HttpContext context, string name) => (string?)context.Request.RouteValues[name] ?? "";

    private static TimeSpan? Seconds(double? seconds) => seconds is { } some ? TimeSpan.FromSeconds(Math.Clamp(some, 0, 24 * 3600)) : null;

    private static async Task ReadAsync<T>(HttpContext context, Func<T, Task> take)
        where T : class
    {
        T? given;
        try
        {
            given = await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Json, context.RequestAborted);
        }
        catch (JsonException ex)
        {
            await RefuseAsync(context, $"The body is not the JSON that is wanted here: {ex.Message}");
            return;
        }

        if (given is null)
        {
            await RefuseAsync(context, "A JSON object is wanted here.");
            return;
        }

        await take(given);
    }

    private static Task RefuseAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return AnswerAsync(context, new { error = message, help = "/sim/help" });
    }

    private static Task AnswerAsync<T>(HttpContext context, T answer)
    {
        context.Response.Headers["X-Simulator"] = "This is UppalCrm.Simulator, not Twilio";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private static Task SayAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private const string Help =
        """
        UppalCrm.Simulator - a stand-in for Twilio on this machine. Not Twilio; nothing here reaches a real telephone.

        GET  /                        the phone network: place calls, answer, talk, hear
        GET  /sim/state               calls, conferences, phones, softphones, recordings, webhooks outstanding, problems
        GET  /sim/log?after=n         what happened, in order: {n, at, kind, text, data}
        GET  /sim/settings            the environment of a program that uses this network
        POST /sim/route               {"voiceUrl": "http://localhost:5080/api/twilio/webhook/voice"}

        POST /sim/phones/{number}     what the phone does when it is called; {number} may be client:identity, or * for all others
             {"answerAfter": 2.0, "talk": 10, "then": "hangup", "digits": "1w2"}
             {"busy": true}   {"reject": true}   {"noAnswer": true}   {"fail": true}
        DELETE /sim/phones/{number}
        POST /sim/calls               {"from": "+12025550111", "to": "+15005550006", "hangupAfter": 10, "digits": "1"}  ->  {"callSid"}
        POST /sim/calls/{sid}/hangup
        POST /sim/calls/{sid}/digits  {"digits": "1w2#"}
        POST /sim/softphones/{identity}/connect  {"params": {"conference": "…"}, "hangupAfter": 10}  ->  {"callSid"}
        POST /sim/softphones/{sid}/hangup

        GET, POST /sim/knobs          how the network misbehaves, until it is posted again; {} ends it. Times are in seconds.
             {"seed": 7,
              "webhooks": [{"path": "call-status", "event": "completed", "callSid": "CA…", "nth": 2, "probability": 0.5,
                            "delay": 3, "delayUpTo": 2, "copies": 1, "copyDelay": 0, "drop": true}],
              "rest": [{"operation": "POST /Calls.json", "nth": 1, "times": 1, "probability": 1, "delay": 2, "status": 429,
                        "silent": true}],
              "recordingCallSid": true, "recordingsAbsent": true, "callsPerSecond": 1, "speechRate": 15,
              "connectParametersWin": true}

        Magic numbers, as with Twilio's test credentials: To +15005550001 -> 21217, …2 -> 21214, …3 -> 21215, …4 -> 21216;
        From +15005550001 -> 21212, another number that is not ours -> 21210.

        How phones end: busy -> busy, SipResponseCode 486; declined -> busy, 603; not answered -> no-answer, 487;
        unreachable -> failed, 404.
        Callbacks of one call and of one conference go out in order unless a fault setting says otherwise; Twilio promises no order.
        A REST field that Twilio does not know is refused (20001); Twilio would pass it over.
        Not simulated: speech recognition, SIP, call queues, answering machine detection, mp3 of recordings, transcription.

        """;

    private sealed record RouteRequest(string VoiceUrl = "");

    private sealed record CallRequest(string From = "", string To = "", double? HangupAfter = null, string? Digits = null);

    private sealed record DigitsRequest(string Digits = "");

    private sealed record ConnectRequest(Dictionary<string, string>? Params = null, double? HangupAfter = null, bool Silent = true);
}
