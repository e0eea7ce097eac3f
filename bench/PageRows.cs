using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;

namespace UppalCrm.Bench;

/// <summary>The desk in a browser: G1 and G2. Both need Chromium and the published app.</summary>
internal static class PageRows
{
    private const double Kilo = 1000;

    /// <summary>
    /// Presses a key of the dialpad until it is answered: the digit comes back from the server. Notes when that was, and how much moved
    /// on the page that nobody had touched.
    /// </summary>
    private const string FirstClick = """
        (() => {
          const seen = window.seen = { shift: 0, click: 0 };
          new PerformanceObserver(list => list.getEntries().forEach(e => { seen.shift += e.hadRecentInput ? 0 : e.value; }))
            .observe({ type: 'layout-shift', buffered: true });
          const pressing = setInterval(() => {
            const field = document.getElementById('dial-number');
            if (field?.value) {
              seen.click = performance.now();
              clearInterval(pressing);
            } else {
              document.querySelector('form.dialpad .key')?.click();
            }
          }, 5);
        })();
        """;

    /// <summary>What has come over the wire; of our own origin only, because there is no other. Compressed, without headers.</summary>
    private const string Arrived = """
        () => {
          const [page] = performance.getEntriesByType('navigation');
          const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN;
          const all = [page, ...performance.getEntriesByType('resource')].filter(e => e.transferSize > 0);
          return { paint, click: seen.click, shift: seen.shift, entries: all.map(e => ({
            path: new URL(e.name).pathname, bytes: e.encodedBodySize, begins: e.startTime,
            fresh: e.transferSize >= e.encodedBodySize && e.responseStatus !== 304 })) };
        }
        """;

    /// <summary>
    /// Times what is asked of the circuit: from the message that carries an event to the one that says it was handled, which comes after
    /// the picture.
    /// </summary>
    private const string Wire = """
        (() => {
          const Native = WebSocket, asked = new Map(), wire = window.wire = { times: [] };
          const text = data => typeof data === 'string' ? data : new TextDecoder('latin1').decode(data);
          // One frame may carry several messages, either way.
          const ids = (data, pattern) => [...text(data).matchAll(pattern)].map(found => found[1]);
          window.WebSocket = class extends Native {
            constructor(...a) {
              super(...a);
              this.addEventListener('message', e => {
                const now = performance.now();
                for (const id of ids(e.data, /JS\.EndInvokeDotNet.(?:[\xa0-\xbf]|\xd9.)(\d+)/gs).filter(id => asked.has(id))) {
                  wire.times.push(now - asked.get(id));
                  asked.delete(id);
                }
              });
            }
            send(data) {
              ids(data, /BeginInvokeDotNetFromJS.(?:[\xa0-\xbf]|\xd9.)(\d+)\xc0.DispatchEventAsync/gs)
                .forEach(id => asked.set(id, performance.now()));
              super.send(data);
            }
          };
        })();
        """;

    /// <summary>
    /// G1: what the desk weighs and how soon it can be used, with nothing cached and with everything, without a history and with 100,000
    /// calls. The floor is the first paint of a page with one paragraph.
    /// </summary>
    public static async Task WeightAndFirstClickAsync(Run run)
    {
        var rounds = run.Smoke ? 1 : 15;
        await using var browser = await Browser.OpenAsync(run);
        await using var floor = await Floor.OpenAsync(run);
        await using var stand = await Stand.OpenAsync(run, agents: 1);
        var agent = (await stand.CookiesAsync(1))[0];
        var paints = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            await using var nobody = await browser.NewPersonAsync(floor.Address, null);
            var page = await nobody.NewPageAsync();
            await page.GotoAsync("/");
            await page.WaitForFunctionAsync("() => performance.getEntriesByName('first-contentful-paint').length > 0");
            paints.Add(await page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0].startTime"));
        }

        run.Number("floor_first_paint_ms", Run.Median(paints));
        foreach (var stored in run.Smoke ? new[] { 0 } : [0, 100_000])
        {
            if (stored > 0)
            {
                await stand.App.KillAsync();
                CallArchive.Fill(stand.Database, stored);
            }

            await stand.StartPublishedAsync();
            var (cold, warm) = (new List<Visit>(), new List<Visit>());
            // the first of a process meet code that has not run yet
            for (var round = run.Smoke ? 0 : -2; round < rounds && run.HasTime; round++)
            {
                await using var person = await browser.NewPersonAsync(stand.Address, agent, FirstClick);
                var page = await person.NewPageAsync();
                var (first, second) = (await VisitAsync(page), await VisitAsync(page));
                if (round >= 0)
                {
                    cold.Add(first);
                    warm.Add(second);
                }
            }

            var suffix = stored == 0 ? "" : $"_at_{stored}";
            run.Number("first_paint_ms" + suffix, Run.Median(cold.Select(v => v.Paint)));
            run.Number("first_click_ms" + suffix, Run.Median(cold.Select(v => v.Click)));
            run.Number("warm_first_click_ms" + suffix, Run.Median(warm.Select(v => v.Click)));
            run.Number("cold_kb" + suffix, Run.Median(cold.Select(v => v.Kilobytes(_ => true))));
            run.Number("layout_shift" + suffix, cold.Concat(warm).Max(v => v.Shift));
            if (stored > 0)
            {
                run.Number("growth_of_first_click", run.Of("first_click_ms" + suffix) / run.Of("first_click_ms"));
                run.AtMost("growth_of_first_click", 1.15);
                continue;
            }

            run.Number("html_kb", Run.Median(cold.Select(v => v.Kilobytes(path => path == "/"))));
            run.Number(
                "blazor_kb", Run.Median(cold.Select(v => v.Kilobytes(path => path.StartsWith("/_framework/", StringComparison.Ordinal)))));
            run.Number("styles_kb", Run.Median(cold.Select(v => v.Kilobytes(path => path.EndsWith(".css", StringComparison.Ordinal)))));
            run.Number(
                "scripts_kb",
                Run.Median(cold.Select(v => v.Kilobytes(path =>
                    path.EndsWith(".js", StringComparison.Ordinal) && !path.StartsWith("/_framework/", StringComparison.Ordinal)))));
            run.Number("requests", Run.Median(cold.Select(v => (double)v.Entries.Count)));
            run.Number("warm_requests", Run.Median(warm.Select(v => (double)v.Entries.Count)));
            run.Number(
                "voice_sdk_before_the_shift", cold.Max(v => v.Entries.Count(e => e.Path.Contains("twilio", StringComparison.Ordinal))));
        }

        run.AtMost("cold_kb", 140, Judged.Always);
        run.AtMost("html_kb", 12, Judged.Always);
        run.AtMost("blazor_kb", 46, Judged.Always);
        run.AtMost("styles_kb", 15, Judged.Always);
        run.AtMost("scripts_kb", 20, Judged.Always);
        run.AtMost("requests", 12, Judged.Always);
        run.AtMost("warm_requests", 3, Judged.Always);
        run.AtMost("voice_sdk_before_the_shift", 0, Judged.Always);
        run.AtMost("layout_shift", 0.001, Judged.Always);
        run.AtMost("first_paint_ms", 150);
        run.AtMost("first_click_ms", 600);
    }

    /// <summary>
    /// G2: an agent types notes in a call while 500 others have a call in hand too and callers come and go; from each keystroke's message
    /// until the server has handled it and sent the picture, at the browser. The floor is a question to a bare hub that is answered at
    /// once.
    /// </summary>
    public static async Task KeystrokesAsync(Run run)
    {
        var busy = run.Smoke ? 10 : 500;
        var (keys, clicks) = run.Smoke ? (20, 10) : (300, 300);
        await using var browser = await Browser.OpenAsync(run);
        await using var floor = await Floor.OpenAsync(run);
        var floorHub = (await Hubs.FloorHubsAsync(floor, 1))[0];
        var questions = new List<TimeSpan>();
        for (var i = 0; i < 300; i++)
        {
            questions.Add((await Hubs.TimedAsync(() => floorHub.AskAsync("Accept", i, 1))).Took);
        }

        run.Times("floor_question", questions.Skip(50));
        await floorHub.DisposeAsync();

        await using var stand = await Stand.OpenAsync(run, busy + 1, lease: "00:02:00");
        await stand.StartPublishedAsync();
        var cookies = await stand.CookiesAsync(busy + 1);
        var hubs = await stand.ConnectAsync(busy + 1);
        await Task.WhenAll(hubs.Chunk(25).Select(some => AnswerAsync(stand, some)));
        var screens = await Screens.OpenAsync(stand.Address, "/", [.. cookies.Take(busy)]);
        run.Number("agents_busy", stand.Count("SELECT COUNT(*) FROM phone_calls WHERE status = 'Claimed'") - 1);

        await using var person = await browser.NewPersonAsync(stand.Address, cookies[busy], Wire);
        var desk = await person.NewPageAsync();
        await desk.GotoAsync("/");
        await Assertions.Expect(desk.Locator(".shell[inert]")).ToHaveCountAsync(0);
        using var over = new CancellationTokenSource();
        var callers = CallersAsync(stand, perSecond: run.Smoke ? 2 : 20, over.Token);
        // Code that has not run yet, and then the just-in-time compiler's second tier: a server of a shift has long had it.
        await desk.GetByLabel("Notes").PressSequentiallyAsync(new string('a', 20), new() { Delay = 20 });
        await Task.Delay(run.Smoke ? TimeSpan.Zero : TimeSpan.FromSeconds(40));
        await desk.GetByLabel("Notes").PressSequentiallyAsync(new string('a', run.Smoke ? 1 : 100), new() { Delay = 20 });
        var typed = await TimesAsync(
            desk, keys, () => desk.GetByLabel("Notes").PressSequentiallyAsync(new string('n', keys), new() { Delay = 30 }));
        run.Times("keystroke", typed);
        run.Number("keystrokes", typed.Count);

        await using var telephone = await browser.NewPersonAsync(stand.Address, cookies[busy], Wire, width: 390);
        var history = await telephone.NewPageAsync();
        await history.GotoAsync("/calls");
        await Assertions.Expect(history.Locator(".shell[inert]")).ToHaveCountAsync(0);
        var filters = history.Locator(".filters-more");
        await filters.ClickAsync();
        await filters.ClickAsync();
        run.Times("button", await TimesAsync(history, clicks, async () =>
        {
            for (var i = 0; i < clicks; i++)
            {
                await filters.ClickAsync();
                await Assertions.Expect(filters).ToHaveAttributeAsync("aria-expanded", i % 2 == 0 ? "true" : "false");
            }
        }));
        await over.CancelAsync();
        run.Number("calls_meanwhile", await callers);
        run.AtMost("keystroke_p99_ms", 40);
        run.AtMost("button_p99_ms", 40);
        await Screens.CloseAsync(screens);
        await Hubs.CloseAsync(hubs);
    }

    private static async Task<Visit> VisitAsync(IPage page)
    {
        await page.GotoAsync("/");
        await page.WaitForFunctionAsync("() => window.seen.click > 0");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        var seen = await page.EvaluateAsync<JsonElement>(Arrived);
        return new Visit(
            seen.GetProperty("paint").GetDouble(), seen.GetProperty("click").GetDouble(), seen.GetProperty("shift").GetDouble(),
            [.. seen.GetProperty("entries").EnumerateArray().Select(e =>
                (e.GetProperty("path").GetString()!, e.GetProperty("fresh").GetBoolean() ? e.GetProperty("bytes").GetDouble() : 0))]);
    }

    /// <summary>Times of the events that happen meanwhile; waits until each of so many is handled.</summary>
    private static async Task<List<TimeSpan>> TimesAsync(IPage page, int count, Func<Task> happen)
    {
        await page.WaitForTimeoutAsync(300); // what came before is handled
        await page.EvaluateAsync("() => { wire.times.length = 0; }");
        await happen();
        await page.WaitForFunctionAsync("count => wire.times.length >= count", count);
        return [.. (await page.EvaluateAsync<double[]>("() => wire.times")).Select(TimeSpan.FromMilliseconds)];
    }

    /// <summary>Each of them takes a call.</summary>
    private static async Task AnswerAsync(Stand stand, IEnumerable<HubSocket> hubs)
    {
        foreach (var hub in hubs)
        {
            var leg = Carrier.NewLeg();
            await stand.Carrier.CallAsync(leg);
            await hub.AskAsync("Accept", stand.CallIdOf(leg));
        }
    }

    /// <summary>Callers whom nobody is free for; each gives up after a second.</summary>
    /// <returns>How many there were.</returns>
    private static async Task<int> CallersAsync(Stand stand, int perSecond, CancellationToken over)
    {
        var calls = 0;
        while (!over.IsCancellationRequested)
        {
            calls += (await Load.SteadyAsync(perSecond, TimeSpan.FromSeconds(1), leg =>
                stand.Carrier.CallAsync(leg), stand.Carrier.EndAsync)).Count;
        }

        return calls;
    }

    /// <summary>One opening of the desk. Times in milliseconds from its beginning.</summary>
    private sealed record Visit(double Paint, double Click, double Shift, IReadOnlyList<(string Path, double Bytes)> Entries)
    {
        public double Kilobytes(Func<string, bool> which) => Entries.Where(e => which(e.Path)).Sum(e => e.Bytes) / Kilo;
    }
}
