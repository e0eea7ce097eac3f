using System.Diagnostics;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;

namespace UppalCrm.Bench;

/// <summary>Chromium without a screen. Its CPU is the row's, not the machine's.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly Run _run;
    private readonly HashSet<int> _before;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(Run run, HashSet<int> before, IPlaywright playwright, IBrowser browser) =>
        (_run, _before, _playwright, _browser) = (run, before, playwright, browser);

    /// <exception cref="RowSkippedException">There is none.</exception>
    public static async Task<Browser> OpenAsync(Run run)
    {
        var program = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named ? named : "/usr/bin/chromium";
        if (!File.Exists(program))
        {
            throw new RowSkippedException(
                $"There is no Chromium at {program}. Install it (apt-get install chromium), or say in CHROMIUM where it is.");
        }

        var before = Cpu.Descendants(Environment.ProcessId).ToHashSet();
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Args = ChromiumArguments.All,
        });
        return new Browser(run, before, playwright, browser);
    }

    /// <summary>A browser that was never here: nothing cached, but signed in.</summary>
    /// <param name="cookies">A line of the file that <see cref="AppServer"/> wrote; null for nobody.</param>
    /// <param name="script">Runs in each page before anything of it.</param>
    public async Task<IBrowserContext> NewPersonAsync(string address, string? cookies, string script = "", int width = 1280)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ExtraHTTPHeaders = cookies is null ? null : new Dictionary<string, string> { ["X-Forwarded-Proto"] = "https" },
        });
        if (script.Length > 0)
        {
            await context.AddInitScriptAsync(script);
        }

        if (cookies is not null)
        {
            await context.AddCookiesAsync(cookies[(cookies.IndexOf(' ') + 1)..].Split("; ").Select(cookie =>
                new Cookie
                {
                    Name = cookie[..cookie.IndexOf('=')], Value = cookie[(cookie.IndexOf('=') + 1)..],
                    Url = address.Replace("http:", "https:", StringComparison.Ordinal), Secure = true,
                }));
        }

        return context;
    }

    public async ValueTask DisposeAsync()
    {
        var ours = Cpu.Descendants(Environment.ProcessId).Where(id => !_before.Contains(id)).ToList();
        _run.Spent(TimeSpan.FromTicks(ours.Where(IsOfTheBrowser).Sum(id => Cpu.WithThoseItWaitedFor(id).Ticks)));
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>Not the programs that the row started besides.</summary>
    private static bool IsOfTheBrowser(int id)
    {
        try
        {
            return Process.GetProcessById(id).ProcessName is var name
                && (name.Contains("chrom", StringComparison.OrdinalIgnoreCase) || name == "node");
        }
        catch (ArgumentException)
        {
            return false; // it has just ended
        }
    }
}
