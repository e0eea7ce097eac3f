using System.Text.Json;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Journeys;

/// <summary>
/// One browser for all journeys: Debian's Chromium with a microphone that hums 440 Hz. Every page of a journey is a context of its own,
/// as if on a machine of its own. A browser has one microphone for all its contexts, so the supervisor, who must be told from the
/// agent by ear, has a second browser that hums 620 Hz, started when first asked for.
/// </summary>
public sealed class Stage : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-stage-").FullName;
    private IPlaywright? _playwright;
    private IBrowser? _supervisors;
    private IBrowser? _third;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(20_000); // a busy machine is not a fault of the page
        Browser = await LaunchAsync(440);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in new[] { Browser, _supervisors, _third })
        {
            if (browser is not null)
            {
                await browser.DisposeAsync();
            }
        }

        _playwright?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The supervisor's browser, whose microphone hums 620 Hz. Journeys run one after the other, so it is started once.</summary>
    public async Task<IBrowser> SupervisorsAsync() => _supervisors ??= await LaunchAsync(620);

    /// <summary>The browser of a third person, whose microphone hums 820 Hz.</summary>
    public async Task<IBrowser> ThirdAsync() => _third ??= await LaunchAsync(820);

    private async Task<IBrowser> LaunchAsync(double hertz)
    {
        var hum = Path.Combine(_folder, $"hum-{hertz:0}.wav");
        await File.WriteAllBytesAsync(hum, Tone.Wav(hertz, seconds: 20));
        return await _playwright!.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } program ? program : "/usr/bin/chromium",
            Args =
            [
                .. ChromiumArguments.All,
                "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", $"--use-file-for-fake-audio-capture={hum}",
                "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required",
            ],
        });
    }

    /// <summary>An agent's (or supervisor's) browser, signed in.</summary>
    /// <param name="microphone">False: the browser refuses it.</param>
    /// <param name="browser">Another browser than the agents'.</param>
    /// <param name="more">What else the context shall have.</param>
    public async Task<DeskBrowser> SignInAsync(
        House house, string email, bool microphone = true, int width = 1280, IBrowser? browser = null,
        Action<BrowserNewContextOptions>? more = null)
    {
        var desk = await OpenDeskAsync(house.Address, microphone, width, browser, more);
        await desk.SignInAsync(email, Web.SignIn.DemoUsers.Password);
        return desk;
    }

    /// <summary>A person's browser, in which no page is open yet.</summary>
    /// <inheritdoc cref="SignInAsync"/>
    public async Task<DeskBrowser> OpenDeskAsync(
        string address, bool microphone = true, int width = 1280, IBrowser? browser = null, Action<BrowserNewContextOptions>? more = null)
    {
        var options = new BrowserNewContextOptions
        {
            BaseURL = address,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            Permissions = microphone ? ["microphone", "notifications"] : [],
        };
        more?.Invoke(options);
        var context = await (browser ?? Browser).NewContextAsync(options);
        context.SetDefaultTimeout(30_000);
        await context.AddInitScriptAsync(DeskBrowser.Ears + (microphone ? "" : DeskBrowser.NoMicrophone));
        var page = await context.NewPageAsync();
        var desk = new DeskBrowser(context, page);
        page.Console += (_, message) => desk.Said.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => desk.Said.Enqueue($"error: {error}");
        return desk;
    }

    /// <summary>The customers' phones: the simulator's page, every phone saying 1 kHz.</summary>
    public Task<PhonesBrowser> OpenPhonesAsync(House house) => OpenPhonesAsync(house.Network.Address);

    /// <inheritdoc cref="OpenPhonesAsync(House)"/>
    public async Task<PhonesBrowser> OpenPhonesAsync(Uri network)
    {
        var context = await Browser.NewContextAsync(new BrowserNewContextOptions { Permissions = ["microphone"] });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(network, "?autostart=1&source=tone:1000&monitor=0").ToString());
        await page.WaitForFunctionAsync("() => window.network?.ready");
        return new PhonesBrowser(context, page);
    }
}

[CollectionDefinition(nameof(Stage))]
public sealed class StageCollection : ICollectionFixture<Stage>;

/// <summary>One person's browser with the CRM open.</summary>
public sealed class DeskBrowser(IBrowserContext context, IPage page) : IAsyncDisposable
{
    /// <summary>Keeps the sound that comes in, so that its level can be measured; changes nothing.</summary>
    internal const string Ears = """
        (() => {
          const heard = window.heard = { streams: [] };
          const Native = window.RTCPeerConnection;
          window.RTCPeerConnection = class extends Native {
            constructor(...a) { super(...a); this.addEventListener('track', e => heard.streams.push(e.streams[0] ?? new MediaStream([e.track]))); }
          };
          let context, tapped, analyser;
          window.toneLevel = async hertz => {
            const stream = heard.streams.at(-1);
            if (!stream) return -200;
            context ??= new AudioContext();
            await context.resume();
            if (tapped !== stream) {
              tapped = stream;
              analyser = new AnalyserNode(context, { fftSize: 8192 });
              context.createMediaStreamSource(stream).connect(analyser);
              await new Promise(done => setTimeout(done, 250));
            }
            const samples = new Float32Array(analyser.fftSize);
            analyser.getFloatTimeDomainData(samples);
            // Windowed: one loud tone must not be taken for another beside it.
            let sine = 0, cosine = 0;
            samples.forEach((sample, i) => { const v = sample * (1 - Math.cos(2 * Math.PI * i / samples.length)), t = 2 * Math.PI * hertz * i / context.sampleRate; sine += v * Math.sin(t); cosine += v * Math.cos(t); });
            return 20 * Math.log10(Math.max(2 * Math.hypot(sine, cosine) / samples.length, 1e-10));
          };
        })();
        """;

    internal const string NoMicrophone = """
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
        """;

    /// <summary>What the browser's console said.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Said { get; } = new();

    public IPage Page => page;

    public IBrowserContext Context => context;

    /// <summary>With name and password alone.</summary>
    public async Task SignInAsync(string email, string password)
    {
        await page.GotoAsync("/login");
        await FillSignInAsync(email, password);
        await page.WaitForURLAsync(url => !url.Contains("/login", StringComparison.Ordinal));
    }

    /// <summary>Sends the form of the sign-in page that is open.</summary>
    public async Task FillSignInAsync(string email, string password)
    {
        await page.GetByLabel("E-mail").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
    }

    public async Task StartShiftAsync()
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Start shift", Exact = true }).ClickAsync();
        try
        {
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Phone: Phone ready") }))
                .ToBeVisibleAsync(new() { Timeout = 60_000 });
        }
        catch (PlaywrightException ex)
        {
            await ShotAsync("shift-did-not-start");
            throw new InvalidOperationException(
                $"The shift did not start. The page says: {await page.Locator("main").InnerTextAsync()}\nThe console says: "
                    + $"{string.Join('\n', Said)}",
                ex);
        }
    }

    /// <summary>Opens a page, and waits until it can be used and has nothing left to load.</summary>
    public async Task OpenAsync(string address)
    {
        await page.GotoAsync(address);
        await Assertions.Expect(page.Locator("h1").First).ToBeAttachedAsync();
        await Assertions.Expect(page.Locator(".shell[inert], [aria-busy=true], .skeleton")).ToHaveCountAsync(0);
    }

    /// <summary>After a reload the phone comes back by itself.</summary>
    public Task UntilPhoneIsReadyAsync() =>
        Assertions.Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Phone: (Phone ready|Silent)") })).ToBeVisibleAsync();

    public async Task DialAsync(string number)
    {
        await page.GetByLabel("Number to dial").FillAsync(number);
        await page.GetByRole(AriaRole.Button, new() { Name = "Call", Exact = true }).ClickAsync();
    }

    public ILocator Offer => page.Locator("article.offer");

    public ILocator CallPanel => page.GetByRole(AriaRole.Region, new() { Name = "Call in hand" });

    public Task AcceptAsync() => page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Accept") }).First.ClickAsync();

    /// <summary>Accepts a call that may be taken already, by the press before.</summary>
    public async Task AcceptAtOnceAsync()
    {
        try
        {
            await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Accept") }).First.ClickAsync(new() { Timeout = 2_000 });
        }
        catch (TimeoutException)
        {
            // The press before has taken the call in this moment.
        }
    }

    public Task HangUpAsync() => CallPanel.GetByRole(AriaRole.Group, new() { Name = "Call controls" })
        .GetByRole(AriaRole.Button, new() { NameRegex = new("^(End|Hang up|Cancel)") }).ClickAsync();

    /// <summary>The first of the list.</summary>
    public async Task ChooseDispositionAsync()
    {
        await page.GetByLabel("Disposition").First.ClickAsync();
        await page.Locator(".mud-popover-open .mud-list-item").First.ClickAsync();
    }

    /// <summary>Clicks what saves a file, and reads the file that is saved.</summary>
    public async Task<string> DownloadAsync(ILocator button)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => button.ClickAsync());
        return await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
    }

    /// <summary>Wrap-up's Finish lets a double press pass; it is pressed until the dialpad is back.</summary>
    public Task FinishWrapUpAsync() => Eventually.HoldsAsync(async () =>
    {
        var finish = page.GetByRole(AriaRole.Button, new() { Name = "Finish", Exact = true });
        if (await finish.IsVisibleAsync())
        {
            try
            {
                await finish.ClickAsync(new() { Timeout = 1000 });
            }
            catch (Exception gone) when (gone is TimeoutException or PlaywrightException)
            {
                // The press before this one was taken meanwhile: the button has gone.
            }
        }

        return await page.GetByLabel("Number to dial").IsVisibleAsync();
    }, () => "wrap-up is finished");

    /// <summary>The level of a tone in what this person hears, in dBFS.</summary>
    public Task<double> HearsAsync(double hertz) => page.EvaluateAsync<double>("hertz => window.toneLevel(hertz)", hertz);

    /// <summary>Waits until this person hears the tone at least 20 dB above what was there before.</summary>
    public async Task<double> UntilHearsAsync(double hertz, double silence)
    {
        var level = silence;
        await Eventually.HoldsAsync(
            async () => (level = await HearsAsync(hertz)) >= Math.Max(silence, -100) + 20,
            () => $"the tone of {hertz} Hz is heard at the desk; its level is {level:f0} dB, silence {silence:f0}");
        return level;
    }

    /// <summary>Waits until the tone is gone: at least 20 dB below the level that it had when it was heard.</summary>
    public async Task<double> UntilLosesAsync(double hertz, double heard)
    {
        var level = heard;
        await Eventually.HoldsAsync(
            async () => (level = await HearsAsync(hertz)) <= heard - 20,
            () => $"the tone of {hertz} Hz is gone at the desk; its level is {level:f0} dB, heard it was {heard:f0}");
        return level;
    }

    /// <summary>Whether the buttons of this group stand beside one another in one line.</summary>
    public Task<bool> IsOneLineAsync(string group) => page.GetByRole(AriaRole.Group, new() { Name = group }).GetByRole(AriaRole.Button)
        .EvaluateAllAsync<bool>(
            "all => all.length > 1 && all.every(one => one.offsetTop === all[0].offsetTop && one.offsetHeight === all[0].offsetHeight)");

    public Task ShotAsync(string name) => page.ScreenshotAsync(new() { Path = Path.Combine(Shots.Folder, name + ".png") });

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}

/// <summary>Where screenshots go when <c>UPPALCRM_SHOTS</c> names a folder.</summary>
public static class Shots
{
    public static string Folder { get; } = Directory.CreateDirectory(Environment.GetEnvironmentVariable("UPPALCRM_SHOTS")
        ?? Path.Combine(Path.GetTempPath(), "uppalcrm-shots")).FullName;
}

/// <summary>The customers' phones.</summary>
public sealed class PhonesBrowser(IBrowserContext context, IPage page) : IAsyncDisposable
{
    public IPage Page => page;

    /// <summary>A customer calls us.</summary>
    /// <returns>The leg.</returns>
    public Task<string> PlaceAsync(string own, string to) =>
        page.EvaluateAsync<string>("([own, to]) => window.network.place(own, to)", new[] { own, to });

    public Task AnswerAsync(string own) => page.EvaluateAsync("own => window.network.answer(own)", own);

    public Task RejectAsync(string own, string reason) =>
        page.EvaluateAsync("([own, reason]) => window.network.reject(own, reason)", new[] { own, reason });

    public Task HangUpAsync(string own) => page.EvaluateAsync("own => window.network.hangup(own)", own);

    /// <summary>What state the phone of this number is in.</summary>
    public async Task<string> StateOfAsync(string own)
    {
        var state = await page.EvaluateAsync<JsonElement>("() => JSON.parse(JSON.stringify(window.network.state()))");
        foreach (var phone in state.GetProperty("phones").EnumerateArray())
        {
            if (phone.GetProperty("own").GetString() == own && phone.GetProperty("state").GetString() != "ended")
            {
                return phone.GetProperty("state").GetString()!;
            }
        }

        return "idle";
    }

    public Task UntilAsync(string own, Func<string, bool> holds, string what, TimeSpan? within = null) =>
        Eventually.HoldsAsync(async () => holds(await StateOfAsync(own)), () => what, within);

    /// <summary>The level of a tone in what the phone of this number hears, in dBFS; -200 when it is in no call.</summary>
    public Task<double> HearsAsync(string own, double hertz) => page.EvaluateAsync<double>(
        """
        ([own, hertz]) => {
          const network = window.network, phone = network.state().phones.find(p => p.own === own && p.state !== 'ended');
          const level = phone && network.levels([hertz]).legs[phone.leg];
          return level ? Math.max(level.hears.peaks[hertz] ?? -200, -200) : -200;
        }
        """,
        new object[] { own, hertz });

    /// <summary>The loudness of all that this phone hears, in dBFS.</summary>
    public Task<double> LoudnessAsync(string own) => page.EvaluateAsync<double>(
        """
        own => {
          const network = window.network, phone = network.state().phones.find(p => p.own === own && p.state !== 'ended');
          const level = phone && network.levels([]).legs[phone.leg];
          return level ? Math.max(level.hears.rmsDb, -200) : -200;
        }
        """,
        own);

    public async Task<double> UntilHearsAsync(string own, double hertz, double silence)
    {
        var level = silence;
        await Eventually.HoldsAsync(async () => (level = await HearsAsync(own, hertz)) >= Math.Max(silence, -100) + 20,
            () => $"the tone of {hertz} Hz is heard at the phone; its level is {level:f0} dB, silence {silence:f0}");
        return level;
    }

    /// <summary>Waits until the tone is gone: at least 20 dB below the level that it had when it was heard.</summary>
    public async Task<double> UntilLosesAsync(string own, double hertz, double heard)
    {
        var level = heard;
        await Eventually.HoldsAsync(
            async () => (level = await HearsAsync(own, hertz)) <= heard - 20,
            () => $"the tone of {hertz} Hz is gone at the phone; its level is {level:f0} dB, heard it was {heard:f0}");
        return level;
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
