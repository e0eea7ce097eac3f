using System.Diagnostics;
using System.Net;
using UppalCrm.Tests.Board;

namespace UppalCrm.Bench;

/// <summary>Agents' pages without browsers: real circuits, many at once.</summary>
internal static class Screens
{
    /// <summary>In the picture of every pop-up, ours and the floor's.</summary>
    private static ReadOnlySpan<byte> Words => "Incoming call from"u8;

    /// <param name="cookies">Of each agent, as <see cref="AppServer"/> wrote them; null for a page that asks for none.</param>
    public static async Task<IReadOnlyList<CircuitScreen>> OpenAsync(string address, string path, IReadOnlyList<string?> cookies)
    {
        var screens = new List<CircuitScreen>();
        using var handler = new SocketsHttpHandler { UseCookies = false };
        foreach (var batch in cookies.Chunk(16))
        {
            screens.AddRange(await Task.WhenAll(batch.Select(cookie => OpenAsync(address, path, handler, cookie))));
        }

        // Drawn to the end: nobody is sent another picture.
        for (var before = -1; before != screens.Sum(s => s.Pictures); await Task.Delay(300))
        {
            before = screens.Sum(s => s.Pictures);
        }

        return screens;
    }

    /// <summary>When the last of them was sent the pop-up (or ten seconds have passed), and how many were not.</summary>
    public static async Task<(long At, int Absent)> LastOf(IReadOnlyList<CircuitScreen> screens)
    {
        var waiting = screens.Select(screen => Hear(screen, picture => picture.Span.IndexOf(Words) >= 0)).ToList();
        await Task.WhenAny(Task.WhenAll(waiting), Task.Delay(TimeSpan.FromSeconds(10)));
        var heard = waiting.Where(w => w.IsCompletedSuccessfully).Select(w => w.Result).ToList();
        return (heard.Count == 0 ? Stopwatch.GetTimestamp() : heard.Max(), screens.Count - heard.Count);
    }

    /// <summary>When the last of them was sent its next picture (or ten seconds have passed).</summary>
    public static async Task<long> LastPictureOf(IReadOnlyList<CircuitScreen> screens)
    {
        var all = Task.WhenAll(screens.Select(screen => Hear(screen, _ => true)));
        await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(10)));
        return all.IsCompletedSuccessfully ? all.Result.Max() : Stopwatch.GetTimestamp();
    }

    public static async Task CloseAsync(IEnumerable<CircuitScreen> screens)
    {
        foreach (var screen in screens)
        {
            await screen.DisposeAsync();
        }
    }

    private static async Task<CircuitScreen> OpenAsync(string address, string path, SocketsHttpHandler handler, string? cookie)
    {
        using var browser = new HttpClient(handler, disposeHandler: false) { BaseAddress = new Uri(address) };
        if (cookie is null)
        {
            return await CircuitScreen.OpenAsync(address, path, browser, new CookieContainer(), CancellationToken.None);
        }

        browser.DefaultRequestHeaders.Add("Cookie", cookie[(cookie.IndexOf(' ') + 1)..]);
        browser.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https"); // for the published app; the one within the bench knows
        return await CircuitScreen.OpenAsync(address, path, browser, HubSocket.JarOf(address, cookie), CancellationToken.None);
    }

    private static Task<long> Hear(CircuitScreen screen, Func<ReadOnlyMemory<byte>, bool> isIt)
    {
        var heard = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(ReadOnlyMemory<byte> picture)
        {
            if (isIt(picture))
            {
                screen.Drawn -= Look;
                heard.TrySetResult(Stopwatch.GetTimestamp());
            }
        }

        screen.Drawn += Look;
        return heard.Task;
    }
}
