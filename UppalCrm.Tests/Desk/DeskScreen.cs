using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MudBlazor;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Live;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

/// <summary>The desk of one agent, Dana: the real Core beneath, and a browser that answers as it is told.</summary>
public sealed class DeskScreen : IAsyncDisposable
{
    private readonly ChangedCalls _changedCalls;
    private readonly OfferNotifications _offers;
    private readonly IRenderedComponent<MudPopoverProvider> _popovers;

    private DeskScreen(CallCentre centre, int dana)
    {
        (Centre, Dana) = (centre, dana);
        Ui = new BunitContext().UseMudBlazor();
        Ui.AddAuthorization().SetAuthorized("dana").SetClaims(
            new Claim(ClaimTypes.NameIdentifier, dana.ToString()), new Claim(SignedIn.DisplayNameClaim, "Dana"));
        Browser = Ui.JSInterop.SetupModule(AgentPhone.Module, []);
        Browser.Mode = JSRuntimeMode.Strict;
        Ui.JSInterop.SetupVoid("Blazor._internal.domWrapper.focus", _ => true).SetVoidResult();
        foreach (var function in new[] { "startShift", "endShift" })
        {
            Answer(function, new PhoneAnswer(true, null));
        }

        _changedCalls = new ChangedCalls(centre.Get<CallFeed>(), centre.Desk, centre.Clock, NullLogger<ChangedCalls>.Instance);
        _offers = new OfferNotifications(_changedCalls, centre.Get<RecentCalls>(), centre.Clock, NullLogger<OfferNotifications>.Instance);
        Ui.Services.AddLogging();
        Ui.Services.AddSingleton(centre.Desk).AddSingleton(centre.Roster).AddSingleton(_offers).AddSingleton<TimeProvider>(centre.Clock);
        Ui.Services.AddSingleton(centre.Get<CallFeed>()).AddSingleton(centre.Get<DispositionList>());
        Ui.Services.AddSingleton(centre.Get<RecentCalls>());
        Ui.Services.AddSingleton(centre.Get<ContactBook>()).AddSingleton(centre.Get<NumberFormat>())
            .AddSingleton(centre.Get<NumberParser>());
        Ui.Services.AddSingleton(centre.Get<ContactFields>()).AddSingleton(centre.Get<DoNotCallList>())
            .AddSingleton(centre.Get<FavouriteBook>());
        Ui.Services.AddSingleton(centre.Get<StatusList>()).AddSingleton(centre.Get<CallSupervision>())
            .AddSingleton(centre.Get<RecordingPause>());
        Ui.Services.AddSingleton(centre.WrapUp).AddSingleton(centre.Get<CallTransfers>());
        Ui.Services.AddSingleton(centre.Get<WaitingCallers>()).AddSingleton(new PhoneNetworkLink(null));
        Ui.Services.AddSingleton(centre.Get<IOptionsMonitor<DialOptions>>()).AddSingleton(centre.Get<IOptionsMonitor<CallOptions>>());
        Ui.Services.AddSoftphone();
        Ui.Services.AddScoped<ActiveCall>();
        Ui.Renderer.SetRendererInfo(new RendererInfo("Server", true)); // last: it closes the list of services
        (_popovers, _) = Ui.RenderProviders();
    }

    public CallCentre Centre { get; }

    public int Dana { get; }

    public BunitContext Ui { get; }

    public BunitJSModuleInterop Browser { get; }

    public AgentPhone Phone => Ui.Services.GetRequiredService<AgentPhone>();

    public ActiveCall Active => Ui.Services.GetRequiredService<ActiveCall>();

    public static async Task<DeskScreen> OpenAsync(string status = AgentStatus.Available, params (string Key, string Value)[] settings)
    {
        var centre = await CallCentre.OpenAsync(settings);
        var screen = new DeskScreen(centre, await centre.HireAsync("Dana", status));
        await screen._offers.StartAsync(CancellationToken.None);
        await screen._changedCalls.StartAsync(CancellationToken.None);
        screen.PhoneSays(PhoneStatus.Ready);
        return screen;
    }

    /// <summary>What the browser's phone answers from now on.</summary>
    public void Answer(string function, PhoneAnswer answer) => Browser.Setup<PhoneAnswer>(function, _ => true).SetResult(answer);

    /// <summary>The browser reports the state of its phone.</summary>
    public void PhoneSays(PhoneStatus status, PhoneCall? call = null, bool shiftStarted = true, string detail = "Ready for calls.") =>
        Phone.OnState(new PhoneState(status, detail, shiftStarted, shiftStarted, false, call, null, [], []));

    /// <summary>The phone is in this call, and sound flows.</summary>
    public void PhoneIsIn(Call call, bool muted = false, string? mutedHint = null, string digits = "") =>
        PhoneSays(PhoneStatus.OnCall, new PhoneCall(
        call.Id, PhoneRole.Agent, PhoneCallPhase.Open, muted, muted ? Centre.Clock.GetUtcNow() : null, digits, [], mutedHint));

    /// <summary>The phone carries a command out, as it does from the press of a button until it has its answer.</summary>
    public void PhoneIsAsked(CallAction action, long? callId = null) =>
        Phone.OnState(Phone.State with { Pending = [new PhoneCommand(action, callId)] });

    /// <summary>The phone has refused a command, or failed in it.</summary>
    public void PhoneRefuses(CallAction action, long? callId, string message, string? value = null, bool ofPhone = false) =>
        Phone.OnState(Phone.State with { Pending = [], Refusals = [new PhoneRefusal(action, callId, value, message, ofPhone)] });

    /// <summary>Opens the one select of a component and chooses from it.</summary>
    public async Task ChooseAsync<T>(IRenderedComponent<T> component, string choice)
        where T : IComponent
    {
        await component.Find(".mud-select .mud-input-control").MouseDownAsync(new());
        var option = _popovers.WaitForElements(".mud-list-item").Single(item => item.TextContent.Trim() == choice);
        await option.ClickAsync(new());
    }

    public int TimesAsked(string function) => Browser.Invocations[function].Count;

    public async ValueTask DisposeAsync()
    {
        await Ui.DisposeAsync();
        await _changedCalls.StopAsync(CancellationToken.None);
        _changedCalls.Dispose();
        _offers.Dispose();
        await Centre.DisposeAsync();
    }
}
