using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Board;

/// <summary>The floor as it is now. It draws the node's shared snapshots; all it owns is what this supervisor chose to see.</summary>
public sealed partial class BoardPage : LivePage
{
    private static readonly Presence[] Presences =
    [
        Presence.Available, Presence.OnCall, Presence.WrapUp, Presence.Away, Presence.PhoneOff, Presence.Unreachable, Presence.Offline
    ];

    /// <summary>So many agents stand one below the other with their picture; more stand close, several in a line.</summary>
    private const int RoomyAgents = 8;

    /// <summary>More are not found by looking at all of them.</summary>
    private const int MostAgents = 100;

    private static readonly (Which Which, string Name, string Tone)[] Kinds =
    [
        (Which.Trouble, "Trouble", "chip-danger"), (Which.Inbound, "Inbound", ""), (Which.Outbound, "Outbound", ""),
        (Which.Held, "On hold", "chip-warn"),
        (Which.Supervised, "Supervised", "chip-accent"),
    ];

    private BoardWatch? _watch;
    private BoardSnapshot? _snapshot;
    private BoardSnapshot? _next;
    private IReadOnlyList<AgentStatus> _statuses = [];
    private int _me;
    private bool _isBusy;
    private string? _refusal;
    private string? _message;
    private long? _chosenCall;
    private int? _chosenAgent;
    private Presence? _presence;
    private bool _isTroubleOnly;
    private string? _find;
    private Which _which;
    private Order _order;

    private enum Which
    {
        All,
        Inbound,
        Outbound,
        Held,
        Supervised,
        Trouble,
    }

    private enum Order
    {
        Trouble,
        Longest,
        Newest,
        Agent,
    }

    [Inject]
    private CallBoard Board { get; set; } = default!;

    [Inject]
    private CallSupervision Supervision { get; set; } = default!;

    [Inject]
    private RecordingPause Pause { get; set; } = default!;

    [Inject]
    private AgentRoster Roster { get; set; } = default!;

    [Inject]
    private AgentPhone Phone { get; set; } = default!;

    [Inject]
    private CircuitLink Link { get; set; } = default!;

    [Inject]
    private NumberFormat Numbers { get; set; } = default!;

    [CascadingParameter]
    private Task<AuthenticationState> SignedIn { get; set; } = default!;

    /// <summary>Present in the address (<c>/board?wall</c>): the large picture for the wall.</summary>
    [SupplyParameterFromQuery(Name = "wall")]
    private string? Wall { get; set; }

    private bool IsWall => Wall is not null;

    protected override async Task OnInitializedAsync()
    {
        _me = (await SignedIn).User.AgentId();
        Link.Lost += OnBrowserLost;
        Link.Back += OnBrowserBack;
        Phone.Changed += OnPhoneChanged;
        try
        {
            await WatchAsync();
            _statuses = await Roster.GetStatusesAsync(Closed);
        }
        catch (NotAllowedException ex)
        {
            _refusal = ex.Message;
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await Phone.AttachAsync();
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Link.Lost -= OnBrowserLost;
        Link.Back -= OnBrowserBack;
        Phone.Changed -= OnPhoneChanged;
        _watch?.Dispose();
    }

    private async Task WatchAsync()
    {
        var watch = await Board.WatchAsync(_me, OnSnapshot, Closed);
        if (Closed.IsCancellationRequested)
        {
            watch.Dispose();
            return;
        }

        _watch?.Dispose();
        (_watch, _snapshot) = (watch, watch.First);
    }

    /// <summary>
    /// On the board's thread: notes the picture. A circuit that is slow draws the latest one and never the ones in between.
    /// </summary>
    private void OnSnapshot(BoardSnapshot snapshot)
    {
        if (Interlocked.Exchange(ref _next, snapshot) is null)
        {
            Run(() =>
            {
                if (Interlocked.Exchange(ref _next, null) is { } latest)
                {
                    _snapshot = latest;
                }
            });
        }
    }

    private void OnBrowserLost() => Run(() =>
    {
        _watch?.Dispose(); // nobody sees it: no picture is drawn until the browser is back
        _watch = null;
    });

    private void OnBrowserBack() => Run(WatchAsync);

    private void OnPhoneChanged() => Redraw();

    private List<WaitingRow.Shown> WaitingRows(BoardSnapshot floor) =>
        [.. floor.Waiting.Where(IsFound).Select(call => new WaitingRow.Shown(call, call.Id == _chosenCall))];

    private List<CallRow.Shown> ProgressRows(BoardSnapshot floor)
    {
        var calls = floor.InProgress.Where(call => Is(_which, call) && IsFound(call));
        calls = _order switch
        {
            Order.Trouble => calls.OrderByDescending(BoardLabels.IsTrouble),
            Order.Newest => calls.Reverse(),
            Order.Agent => calls.OrderBy(call => call.AgentName, StringComparer.OrdinalIgnoreCase),
            _ => calls,
        };
        return [.. calls.Select(call => new CallRow.Shown(call, call.Id == _chosenCall, ModeIn(call), call.AgentId == _me, _isBusy))];
    }

    private List<AgentRow.Shown> AgentRows(BoardSnapshot floor) =>
        [.. floor.Agents.Where(IsShown).OrderByDescending(BoardLabels.IsTrouble).ThenBy(agent => Array.IndexOf(Presences, agent.Presence))
            .Select(agent => new AgentRow.Shown(agent, agent.Id == _chosenAgent))];

    /// <summary>Those who are off are shown when asked for, by their chip or by name.</summary>
    private bool IsShown(AgentOnFloor agent) =>
        (!_isTroubleOnly || BoardLabels.IsTrouble(agent))
        && (_presence is { } shown ? agent.Presence == shown : agent.Presence != Presence.Offline || IsSearching)
        && (!IsSearching || IsIn(agent.Name) || IsIn(PresenceLabels.Of(agent)));

    private bool IsSearching => !string.IsNullOrWhiteSpace(_find);

    private bool IsIn(string? text) => text?.Contains(_find!.Trim(), StringComparison.OrdinalIgnoreCase) == true;

    private bool IsFound(BoardCall call)
    {
        if (!IsSearching)
        {
            return true;
        }

        var digits = string.Concat(_find!.Where(char.IsAsciiDigit));
        return IsIn(call.AgentName) || IsIn(call.OtherName) || IsIn(Numbers.Show(call.Other))
            || (digits.Length > 1
            && (call.Other.Contains(digits, StringComparison.Ordinal) || call.Line.Contains(digits, StringComparison.Ordinal)));
    }

    private static bool Is(Which which, BoardCall call) => which switch
    {
        Which.Inbound => call.Direction == CallDirection.Inbound,
        Which.Outbound => call.Direction == CallDirection.Outbound,
        Which.Held => call.IsHeld,
        Which.Supervised => call.Supervisors.Any(),
        Which.Trouble => BoardLabels.IsTrouble(call),
        _ => true,
    };

    private SupervisorMode? ModeIn(BoardCall call) => call.Supervisors.FirstOrDefault(leg => leg.AgentId == _me)?.Mode;

    private void ClearFilter() => (_find, _which) = (null, Which.All);

    private void ClearAgents() => (_find, _presence, _isTroubleOnly) = (null, null, false);

    private FigureChips.Chip[] KindChips(BoardSnapshot floor) =>
        [.. Kinds.Select(kind => new FigureChips.Chip(
            kind.Name, kind.Tone, floor.InProgress.Count(call => Is(kind.Which, call)), _which == kind.Which))];

    private void ToggleKind(int at) => _which = _which == Kinds[at].Which ? Which.All : Kinds[at].Which;

    private FigureChips.Chip[] PresenceChips(BoardSnapshot floor) =>
    [
        new("Trouble", "chip-danger", floor.Agents.Count(BoardLabels.IsTrouble), _isTroubleOnly, Icon: "alert"),
        .. Presences.Select(presence => new FigureChips.Chip(
            PresenceLabels.Of(presence), $"chip-{PresenceLabels.ToneOf(presence)}", floor.Agents.Count(agent => agent.Presence == presence),
            _presence == presence)),
    ];

    private void TogglePresence(int at)
    {
        if (at == 0)
        {
            _isTroubleOnly = !_isTroubleOnly;
            return;
        }

        var presence = Presences[at - 1];
        _presence = _presence == presence ? null : presence;
    }

    private void SelectCall(long callId) => (_chosenCall, _chosenAgent) = (_chosenCall == callId ? null : callId, null);

    private void SelectAgent(int agentId) => (_chosenAgent, _chosenCall) = (_chosenAgent == agentId ? null : agentId, null);

    /// <summary>The calls in progress into which the customer of this one can be brought.</summary>
    private static List<BoardCall> OthersFor(BoardSnapshot floor, BoardCall call) =>
        [.. floor.InProgress.Where(other => other.Id != call.Id && other is { Status: CallStatus.Connected, IsInternal: false })];

    private List<AgentOnFloor> FreeFor(BoardSnapshot floor, BoardCall call) =>
        [.. floor.Agents.Where(agent => agent.Presence == Presence.Available && agent.Id != call.AgentId && agent.Id != _me)];

    private void CloseDetail() => (_chosenCall, _chosenAgent) = (null, null);

    private Task SuperviseAsync((long CallId, SupervisorMode Mode) wish) => DoAsync(async () =>
    {
        if (_snapshot?.Find(wish.CallId) is { } call && ModeIn(call) is not null)
        {
            return await Supervision.ChangeModeAsync(wish.CallId, _me, wish.Mode, CancellationToken.None);
        }

        if (Phone.State.Call is { } inHand)
        {
            return new Refusal(
                inHand.CallId == wish.CallId ? "You are joining this call already." : "Your phone is in another call. Leave it first.");
        }

        var answer = await Supervision.PrepareAsync(wish.CallId, _me, wish.Mode, Closed);
        if (answer.Refusal is { } refusal)
        {
            return refusal;
        }

        if (!Phone.State.ShiftStarted && await Phone.StartShiftAsync() is { Done: false } noPhone)
        {
            return ResultOf(noPhone);
        }

        if ((await SignedIn).User.FindSessionKey() is not { } session)
        {
            return new Refusal("You have been signed out.");
        }

        var intent = await Supervision.TellToJoinAsync(wish.CallId, _me, SignInSessions.Hash(session), Closed);
        var joined = await Phone.ConnectSupervisorAsync(wish.CallId, answer.Value!, wish.Mode, intent);
        return ResultOf(joined);
    });

    private static Result ResultOf(PhoneAnswer answer) => answer.Message is { } message ? new Refusal(message) : Result.Done;

    private Task LeaveAsync(long callId) => DoAsync(async () =>
    {
        // The phone hangs up its own leg. Where it is not this browser's phone that is in the call, the carrier takes the leg out.
        if (Phone.State.Call is { Role: PhoneRole.Supervisor } call && call.CallId == callId)
        {
            return ResultOf(await Phone.LeaveAsync());
        }

        return await Supervision.LeaveAsync(callId, _me, CancellationToken.None);
    });

    private Task HangUpAsync(long callId) => DoAsync(() => Supervision.HangUpAsync(callId, _me, CancellationToken.None));

    private Task OfferAgainAsync(long callId) => DoAsync(() => Supervision.OfferAgainAsync(callId, _me, CancellationToken.None));

    private Task SetRecordingAsync((long CallId, bool Paused) wish) =>
        DoAsync(() => Pause.SetAsync(wish.CallId, _me, wish.Paused, CancellationToken.None));

    private Task SetStatusAsync((int AgentId, string Status) wish) =>
        DoAsync(() => Supervision.SetStatusAsync(wish.AgentId, wish.Status, _me, CancellationToken.None));

    private Task FinishWrapUpAsync(int agentId) => DoAsync(() => Supervision.FinishWrapUpAsync(agentId, _me, CancellationToken.None));

    /// <summary>One thing at a time; what cannot be done is said in words on the page.</summary>
    private async Task DoAsync(Func<Task<Result>> what)
    {
        if (_isBusy)
        {
            return;
        }

        (_isBusy, _message) = (true, null);
        try
        {
            _message = (await what()).Reason;
        }
        catch (NotAllowedException ex)
        {
            _message = ex.Message;
        }
        finally
        {
            _isBusy = false;
        }
    }
}
