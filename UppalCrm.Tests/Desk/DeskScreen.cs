using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

/// <summary>The desk of one agent, Dana: the real Core beneath, and a browser that answers as it is told.</summary>
public sealed class DeskScreen : IAsyncDisposable
{
    private readonly OfferNotifications _news;

    // Many tests share few cores; a second is sometimes not enough for a change to reach the screen.
    static DeskScreen() => BunitContext.DefaultWaitTimeout = TimeSpan.FromSeconds(15);

    private DeskScreen(CallCentre centre, int dana)
    {
        (Centre, Dana) = (centre, dana);
        Ui = new BunitContext();
        Ui.AddAuthorization().SetAuthorized("dana").SetClaims(
            new Claim(ClaimTypes.NameIdentifier, dana.ToString()), new Claim(SignedIn.DisplayNameClaim, "Dana"));
        Browser = Ui.JSInterop.SetupModule(AgentPhone.ModulePath);
        Ui.JSInterop.SetupVoid("Blazor._internal.domWrapper.focus", _ => true).SetVoidResult();
        foreach (var function in new[] { "connect", "hangUp", "setMuted", "sendDigits", "startShift", "endShift" })
        {
            Answer(function, new PhoneAnswer(true, null));
        }

        _news = new OfferNotifications(centre.Get<CallFeed>(), centre.Desk, NullLogger<OfferNotifications>.Instance);
        Ui.Services.AddLogging();
        Ui.Services.AddSingleton(centre.Desk).AddSingleton(centre.Roster).AddSingleton(_news).AddSingleton<TimeProvider>(centre.Clock);
        Ui.Services.AddSingleton(centre.Get<CallFeed>()).AddSingleton(centre.Get<DispositionList>()).AddSingleton(centre.Get<RecentCalls>());
        Ui.Services.AddSingleton(centre.Get<ContactBook>()).AddSingleton(centre.Get<NumberFormat>()).AddSingleton(centre.Get<NumberParser>()).AddSingleton(centre.Get<StatusList>()).AddSingleton(centre.Get<CallSupervision>()).AddSingleton(centre.Get<RecordingPause>());
        Ui.Services.AddSingleton(centre.Get<WaitingCallers>());
        Ui.Services.AddSingleton(centre.Get<IOptionsMonitor<DialOptions>>()).AddSingleton(centre.Get<IOptionsMonitor<CallOptions>>());
        Ui.Services.AddSoftphone();
        Ui.Services.AddScoped<ActiveCall>();
        Ui.Renderer.SetRendererInfo(new RendererInfo("Server", true)); // last: it closes the list of services
    }

    public CallCentre Centre { get; }

    public int Dana { get; }

    public BunitContext Ui { get; }

    public BunitJSModuleInterop Browser { get; }

    public AgentPhone Phone => Ui.Services.GetRequiredService<AgentPhone>();

    public ActiveCall Hand => Ui.Services.GetRequiredService<ActiveCall>();

    public static async Task<DeskScreen> OpenAsync(string status = AgentStatus.Available, params (string Key, string Value)[] settings)
    {
        var centre = await CallCentre.OpenAsync(settings);
        var screen = new DeskScreen(centre, await centre.HireAsync("Dana", status));
        await screen._news.StartAsync(CancellationToken.None);
        screen.PhoneSays(PhoneLight.Ready);
        return screen;
    }

    /// <summary>What the browser's phone answers from now on.</summary>
    public void Answer(string function, PhoneAnswer answer) => Browser.Setup<PhoneAnswer>(function, _ => true).SetResult(answer);

    /// <summary>The browser reports the state of its phone.</summary>
    public void PhoneSays(PhoneLight light, PhoneCall? call = null, bool shiftStarted = true, string detail = "Ready for calls.") =>
        Phone.OnState(new PhoneState(light, detail, shiftStarted, shiftStarted, false, false, call, null));

    /// <summary>The phone is in this call, and sound flows.</summary>
    public void PhoneIsIn(Call call, bool muted = false, string? mutedHint = null) => PhoneSays(PhoneLight.OnCall, new PhoneCall(
        call.Id, call.ConferenceName, PhoneRole.Agent, PhoneCallPhase.Open, muted, muted ? Centre.Clock.GetUtcNow() : null, Centre.Clock.GetUtcNow(), null, [], mutedHint));

    public int TimesAsked(string function) => Browser.Invocations[function].Count;

    public async ValueTask DisposeAsync()
    {
        await Ui.DisposeAsync();
        await _news.StopAsync(CancellationToken.None);
        _news.Dispose();
        await Centre.DisposeAsync();
    }
}
