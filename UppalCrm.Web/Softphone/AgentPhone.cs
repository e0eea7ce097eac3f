using Microsoft.Extensions.Logging;
using Microsoft.JSInterop;

namespace UppalCrm.Web.Softphone;

/// <summary>
/// The agent's phone, as one circuit sees it. The phone itself is a script that outlives every circuit
/// (<c>wwwroot-interop/src/phone-host.ts</c>); a circuit attaches to it, draws what it says, and may go at any moment
/// without a call noticing. Live calls are not commanded here: buttons carry their command to the script
/// (<c>call-buttons.ts</c>). Answers are given even when the page has gone: a component need not guard its calls.
/// </summary>
/// <remarks>Scoped: one per circuit. Everything here must be called on the circuit's own context, as components do.</remarks>
public sealed class AgentPhone(IJSRuntime js, ILogger<AgentPhone> logger) : IAsyncDisposable
{
    /// <summary>
    /// What gives the browser half (<c>wwwroot-interop/src/interop.ts</c>) as the page has loaded it. Not imported by its address, which
    /// each build names differently: a page of the node before would load a second phone.
    /// </summary>
    public const string Module = "uppalcrm.module";

    private readonly List<LevelWatch> _watches = [];
    private DotNetObjectReference<AgentPhone>? _self;
    private Task<IJSObjectReference>? _module;
    private Task<PhoneState>? _attaching;
    private int? _attachment;
    private bool _gone;

    /// <summary>What the phone said last; <see cref="PhoneState.Unknown"/> until <see cref="AttachAsync"/> has answered.</summary>
    public PhoneState State { get; private set; } = PhoneState.Unknown;

    /// <summary>
    /// The state has changed. Raised on the circuit's context; a listener calls <c>StateHasChanged</c> by <c>InvokeAsync</c>.
    /// </summary>
    public event Action? Changed;

    /// <summary>
    /// A shortcut was pressed that the page has to answer: <c>dialpad</c>, <c>offer</c>, <c>sheet</c>, or <c>hangUp</c> with no call up
    /// (which finishes wrap-up). Those that command a call are carried out by the phone itself.
    /// </summary>
    public event Action<string>? ShortcutPressed;

    /// <summary>A microphone or speaker was plugged in or pulled out. Raised on the circuit's context.</summary>
    public event Action? DevicesChanged;

    /// <summary>
    /// Attaches this circuit to the phone. Call it from <c>OnAfterRenderAsync</c>; calling again answers the current state.
    /// </summary>
    /// <returns>The state of the phone now.</returns>
    public async Task<PhoneState> AttachAsync()
    {
        if (_attachment is not null || _gone)
        {
            return State;
        }

        try
        {
            return await (_attaching ??= AttachOnceAsync());
        }
        catch (Exception ex) when (IsPageGone(ex))
        {
            return State;
        }
        finally
        {
            _attaching = null;
        }
    }

    /// <summary>
    /// Starts the shift: unlocks sound, asks for the microphone, plays a short test ring and makes the phone ready.
    /// Browsers allow this only shortly after a click or a key.
    /// </summary>
    public Task<PhoneAnswer> StartShiftAsync() => AskAsync("startShift");

    /// <summary>Ends the shift: the phone is put down. Refused while a call is up.</summary>
    public Task<PhoneAnswer> EndShiftAsync() => AskAsync("endShift");

    /// <summary>Joins another agent's call as its supervisor.</summary>
    /// <param name="intent">What the softphone shows when it joins.</param>
    public Task<PhoneAnswer> ConnectSupervisorAsync(long callId, string conference, SupervisorMode mode, string intent) =>
        AskAsync("connectSupervisor", callId, conference, mode.ToString().ToLowerInvariant(), intent);

    /// <summary>Leaves the call that this phone supervises.</summary>
    public Task<PhoneAnswer> LeaveAsync() => AskAsync("leave");

    /// <summary>Brings the phone to this tab. Refused while it is in a call elsewhere.</summary>
    public Task<PhoneAnswer> BringHereAsync() => AskAsync("bringHere");

    /// <summary>Rings for two seconds on the chosen ringer.</summary>
    public Task<PhoneAnswer> TestRingAsync() => AskAsync("testRing");

    /// <summary>The browser's devices and what is chosen; null when the page has gone.</summary>
    public Task<PhoneDevices?> GetDevicesAsync() => CallAsync<PhoneDevices>("devices");

    /// <summary>Chooses a device; remembered in this browser, and used at once if a call is up.</summary>
    public Task<PhoneAnswer> ChooseDeviceAsync(PhoneDeviceKind kind, string deviceId) =>
        AskAsync("chooseDevice", kind.ToString().ToLowerInvariant(), deviceId);

    /// <summary>
    /// Whether this page may turn to something by itself: the agent looks at it, and no form that they have begun would be lost.
    /// </summary>
    public async Task<bool> MayPopAsync() => (await AskAsync("mayPop")).Done;

    /// <summary>The shortcuts of this user in this browser.</summary>
    public async Task<IReadOnlyList<PhoneShortcut>> GetShortcutsAsync() => await CallAsync<PhoneShortcut[]>("shortcuts") ?? [];

    /// <summary>Gives an action another combination, or none. Refused when it is taken or could not be typed.</summary>
    /// <param name="action">See <see cref="PhoneShortcut.Action"/>.</param>
    /// <param name="keys">E.g. <c>Ctrl+Shift+K</c>; empty switches the action's shortcut off.</param>
    public Task<PhoneAnswer> SetShortcutAsync(string action, string keys) => AskAsync("setShortcut", action, keys);

    /// <summary>Puts every shortcut back to the combination it ships with.</summary>
    public Task<PhoneAnswer> ResetShortcutsAsync() => AskAsync("resetShortcuts");

    /// <summary>
    /// Watches the microphone's level while a meter is shown. The browser measures only while it is watched, and keeps the
    /// microphone open for it: dispose the answer when the meter goes.
    /// </summary>
    /// <param name="onLevel">Told the microphone's level, 0 to 1, at most ten times a second.</param>
    public async Task<IAsyncDisposable> WatchLevelAsync(Action<double> onLevel)
    {
        var watch = new LevelWatch(this, onLevel);
        _watches.Add(watch);
        if (_watches.Count == 1)
        {
            await AskAsync("watchLevel", true);
        }

        return watch;
    }

    /// <summary>The browser says that its phone has changed.</summary>
    [JSInvokable]
    public void OnState(PhoneState state)
    {
        State = state;
        Changed?.Invoke();
    }

    /// <summary>The browser says that a shortcut was pressed which the page answers.</summary>
    [JSInvokable]
    public void OnShortcut(string action) => ShortcutPressed?.Invoke(action);

    /// <summary>The browser says that its devices are not the same any more.</summary>
    [JSInvokable]
    public void OnDevicesChanged() => DevicesChanged?.Invoke();

    /// <summary>The browser says how loud it is.</summary>
    [JSInvokable]
    public void OnLevel(double microphone)
    {
        foreach (var watch in _watches.ToArray())
        {
            watch.OnLevel(microphone);
        }
    }

    /// <summary>The browser asks whether this circuit still answers; an answer that does not come makes it rebuild the page.</summary>
    [JSInvokable]
    public bool OnProbe() => true;

    /// <summary>Detaches the circuit. The phone, and a call on it, go on.</summary>
    public async ValueTask DisposeAsync()
    {
        _gone = true;
        if (_module is { IsCompletedSuccessfully: true } && _attachment is { } attachment)
        {
            try
            {
                await (await _module).InvokeVoidAsync("detach", attachment);
            }
            catch (Exception ex) when (IsPageGone(ex))
            {
                // The browser went first; its module drops attachments that no longer answer.
            }
        }

        _self?.Dispose();
    }

    private async Task<PhoneState> AttachOnceAsync()
    {
        var module = await ModuleAsync();
        _self ??= DotNetObjectReference.Create(this);
        var attached = await module.InvokeAsync<Attached>("attach", _self);
        _attachment = attached.Attachment;
        State = attached.State;
        Changed?.Invoke();
        return State;
    }

    private async Task<PhoneAnswer> AskAsync(string function, params object?[] arguments) =>
        await CallAsync<PhoneAnswer>(function, arguments) ?? PhoneAnswer.PageGone;

    /// <returns>Null when the page has gone. A fault inside the script is logged and answered the same way.</returns>
    private async Task<T?> CallAsync<T>(string function, params object?[] arguments)
        where T : class
    {
        if (_gone)
        {
            return null;
        }

        try
        {
            return await (await ModuleAsync()).InvokeAsync<T>(function, arguments);
        }
        catch (JSException ex)
        {
            logger.LogWarning(ex, "The browser's {Function} failed", function);
            return null;
        }
        catch (Exception ex) when (IsPageGone(ex))
        {
            return null;
        }
    }

    private Task<IJSObjectReference> ModuleAsync()
    {
        if (_module is null or { IsFaulted: true } or { IsCanceled: true })
        {
            _module = js.InvokeAsync<IJSObjectReference>(Module).AsTask();
        }

        return _module;
    }

    private async ValueTask EndAsync(LevelWatch watch)
    {
        if (_watches.Remove(watch) && _watches.Count == 0)
        {
            await AskAsync("watchLevel", false);
        }
    }

    /// <summary>A page that is gone, going, or being prerendered: none of these is a fault of the phone.</summary>
    private static bool IsPageGone(Exception ex) =>
        ex is JSDisconnectedException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    private sealed record Attached(int Attachment, PhoneState State);

    private sealed class LevelWatch(AgentPhone phone, Action<double> onLevel) : IAsyncDisposable
    {
        public void OnLevel(double microphone) => onLevel(microphone);

        public ValueTask DisposeAsync() => phone.EndAsync(this);
    }
}
