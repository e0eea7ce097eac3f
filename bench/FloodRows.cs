using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace UppalCrm.Bench;

/// <summary>What strangers, and one person with a script, can do to everybody else: F1, F2 and F3.</summary>
internal static class FloodRows
{
    private const double Megabyte = 1024 * 1024;

    /// <summary>
    /// F1: bad signatures over 64 connections while sixty callers a second arrive. All of the first are refused, none of the second.
    /// </summary>
    public static async Task BadSignaturesAsync(Run run)
    {
        await using var stand = await Stand.OpenAsync(run);
        await Load.BurstAsync(200, () => stand.Carrier.CallAsync(Carrier.NewLeg()));
        var memory = stand.App.Memory;
        using var stop = new CancellationTokenSource();
        using var forger = NewClient();
        var refused = new ConcurrentDictionary<HttpStatusCode, int>();
        var flood = Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, stand.Address + "/api/twilio/webhook/voice")
                {
                    Content = new FormUrlEncodedContent([new("CallSid", Carrier.NewLeg()), new("From", "+12025550123")]),
                };
                request.Headers.Add("X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
                using var answer = await forger.SendAsync(request);
                refused.AddOrUpdate(answer.StatusCode, 1, (_, n) => n + 1);
            }
        })));
        var answers = await Load.SteadyAsync(60, TimeSpan.FromSeconds(run.Smoke ? 3 : 20), leg => stand.Carrier.CallAsync(leg));
        await stop.CancelAsync();
        await flood;
        run.Number("refused", refused.Values.Sum());
        run.Number("not_refused", refused.Where(r => r.Key != HttpStatusCode.Forbidden).Sum(r => r.Value));
        run.Times("answer", answers.Select(a => a.Took).OfType<TimeSpan>());
        run.Number("lost", answers.Count(a => a.Took is null));
        run.Number("memory_grown_mb", (stand.App.Memory - memory) / Megabyte);
        run.AtMost("not_refused", 0, Judged.Always);
        run.AtMost("lost", 0, Judged.Always);
        run.AtMost("memory_grown_mb", 100, Judged.Always);
    }

    /// <summary>F2: forms of 30 MB to the doors that need no session, forty at once, three times.</summary>
    public static async Task LargeFormsAsync(Run run)
    {
        string[] doors = ["/login", "/logout", "/api/twilio/webhook/voice", "/policy-reports"];
        await using var stand = await Stand.OpenAsync(run);
        using var stranger = NewClient();
        await stranger.GetStringAsync(stand.Address + "/login");
        var form = new byte[30 * 1024 * 1024];
        Array.Fill(form, (byte)'a');
        var (memory, taken) = (stand.App.Memory, 0);
        long peak = 0;
        for (var round = 0; round < (run.Smoke ? 1 : 3) && run.HasTime; round++)
        {
            var posting = Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
            {
                try
                {
                    using var content = new ByteArrayContent(form);
                    content.Headers.ContentType = new("application/x-www-form-urlencoded");
                    using var answer = await stranger.PostAsync(stand.Address + doors[i % doors.Length], content);
                    if ((int)answer.StatusCode is < 400 or >= 500)
                    {
                        Interlocked.Increment(ref taken);
                    }
                }
                catch (HttpRequestException)
                {
                    // The server hung up in the middle of what it does not want: as good as an answer.
                }
            }));
            while (await Task.WhenAny(posting, Task.Delay(20)) != posting)
            {
                peak = Math.Max(peak, stand.App.Memory);
            }
        }

        run.Number("taken", taken);
        run.Number("memory_grown_mb", (Math.Max(peak, stand.App.Memory) - memory) / Megabyte);
        run.AtMost("taken", 0, Judged.Always);
        run.AtMost("memory_grown_mb", 150, Judged.Always);
    }

    /// <summary>F3: two thousand hub connections of one person, opened one hundred at a time. The others are told nothing of it.</summary>
    public static async Task SocketsOfOnePersonAsync(Run run)
    {
        await using var stand = await Stand.OpenAsync(run, agents: 2);
        var cookies = await stand.CookiesAsync(2);
        var memory = stand.App.Memory;
        var open = new ConcurrentBag<HubSocket>();
        var refused = 0;
        for (var wave = 0; wave < (run.Smoke ? 2 : 20) && run.HasTime; wave++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
            {
                try
                {
                    open.Add(await HubSocket.OpenAsync(stand.Address, $"/hubs/calls?device=flood{wave}.{i}", cookies[0]));
                }
                catch (Exception ex) when (ex is System.Net.WebSockets.WebSocketException or HttpRequestException)
                {
                    Interlocked.Increment(ref refused);
                }
            }));
        }

        var grown = (stand.App.Memory - memory) / Megabyte;
        var started = Stopwatch.GetTimestamp();
        await using var other = await HubSocket.OpenAsync(stand.Address, "/hubs/calls?device=other.1", cookies[1]);
        await other.Greeted;
        run.Number("other_greeted_ms", Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        await Task.WhenAny(Task.WhenAll(open.Select(socket => socket.Greeted)), Task.Delay(TimeSpan.FromSeconds(3)));
        run.Number("refused", refused);
        run.Number("refused_in_words", open.Count(socket => !socket.Greeted.IsCompletedSuccessfully));
        run.Number("greeted", open.Count(socket => socket.Greeted.IsCompletedSuccessfully));
        run.Number("memory_grown_mb", grown);
        run.AtMost("greeted", 24, Judged.Always);
        run.AtMost("memory_grown_mb", 100, Judged.Always);
        foreach (var socket in open)
        {
            await socket.DisposeAsync();
        }
    }

    private static HttpClient NewClient() => new(new SocketsHttpHandler { MaxConnectionsPerServer = 2000, AllowAutoRedirect = false });
}
