using Microsoft.AspNetCore.Components.Authorization;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Live;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Desk;

/// <summary>What an agent has in hand, at one moment.</summary>
/// <param name="Me">The agent as everybody sees them; null until it was read for the first time.</param>
/// <param name="Call">The call in hand; null when there is none.</param>
/// <param name="WrappingUp">The call that is over and being wrapped up.</param>
/// <param name="DispositionRequired">Whether the administrator asks for a disposition after each call.</param>
public sealed record ActiveCallState(AgentOnFloor? Me, Call? Call, Call? WrappingUp, bool DispositionRequired)
{
    public static ActiveCallState Nothing { get; } = new(null, null, null, false);
}

/// <summary>
/// The agent's call as one circuit sees it, shared by the desk, the layout and the pop-ups: read from the database when the feed says
/// so, and acted upon here. Dialling and accepting bring the two halves together: the desk decides, then the phone joins.
/// </summary>
/// <remarks>
/// Scoped. What is read is replaced as a whole, so any thread may look at it; what is asked of the phone must be asked on the circuit's
/// context, as event handlers do.
/// </remarks>
public sealed class ActiveCall(
    CallCommands desk, OutboundCalls outbound, AgentRoster roster, DispositionList dispositions, CallFeed feed, AgentPhone phone, AuthenticationStateProvider signedIn,
    TimeProvider time, ILogger<ActiveCall> logger) : IDisposable
{
    /// <summary>The carrier usually confirms a hold within a second. After this the agent is told that it has not.</summary>
    public static readonly TimeSpan HoldConfirmedWithin = TimeSpan.FromSeconds(8);

    /// <summary>The phone's word that a call is over is believed for this long without the carrier's.</summary>
    public static readonly TimeSpan EndConfirmedWithin = TimeSpan.FromSeconds(8);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _gone = new();
    private IDisposable? _calls;
    private IDisposable? _agents;
    private ITimer? _holdTimer;
    private ITimer? _endTimer;
    private Task? _opening;
    private int _agentId;
    private int _stale;
    private long? _joined;
    private long? _left;

    /// <summary>Raised on any thread when something shown has changed: a listener re-renders by <c>InvokeAsync</c>.</summary>
    public event Action? Changed;

    /// <summary>Somebody asked for the keypad by its shortcut.</summary>
    public event Action? KeypadAsked;

    /// <summary>As last read.</summary>
    public ActiveCallState ActiveCallState { get; private set; } = ActiveCallState.Nothing;

    /// <summary>The call to show. Null as soon as either the phone or the carrier says that it is over, whichever is first.</summary>
    public Call? Call => ActiveCallState.Call is { } call && call.Id != _left ? call : null;

    /// <summary>The call to wrap up; null when there is none, or the agent is in a call again.</summary>
    public Call? WrappingUp => Call is null && ActiveCallState.Me is { Presence: Presence.WrapUp } ? ActiveCallState.WrappingUp : null;

    /// <summary>Held or not, as asked for and not yet confirmed by the carrier; null when nothing is asked for.</summary>
    public bool? HoldAskedFor { get; private set; }

    /// <summary>Why the last hold did not happen, in words.</summary>
    public string? HoldProblem { get; private set; }

    /// <summary>What went wrong with the last call, in words, until it is dismissed or there is another call.</summary>
    public CallProblem? Problem { get; private set; }

    /// <summary>The phone is on its way into the call in hand, asked by this page.</summary>
    public bool IsJoining { get; private set; }

    /// <summary>The offer being accepted.</summary>
    public long? Accepting { get; private set; }

    /// <summary>Whether the phone takes part in the call in hand. Not after a reload, until it is joined again.</summary>
    public bool PhoneIsIn => Call is { } call && phone.State.Call is { Role: PhoneRole.Agent } mine && mine.CallId == call.Id;

    /// <summary>Begins to listen and reads once. Every component that shows any of this calls it; the first one does the work.</summary>
    public Task OpenAsync() => _opening ??= OpenOnceAsync();

    /// <summary>Dials, and joins the new call first. The customer is dialled by the server once the phone is in.</summary>
    /// <param name="number">E.164.</param>
    /// <returns>Words when the call was refused; what fails later is told by <see cref="Problem"/>.</returns>
    public async Task<string?> DialAsync(string number)
    {
        if (PhoneRefusal() is { } refusal)
        {
            return refusal;
        }

        Problem = null;
        var answer = await outbound.PrepareAsync(_agentId, number, _gone.Token);
        if (!answer.IsDone)
        {
            return answer.Reason;
        }

        await JoinAsync(answer.Value.CallId, answer.Value.ConferenceName, number);
        return null;
    }

    /// <summary>Accepts an offer, and joins the call when it was won.</summary>
    public async Task<ClaimAnswer> AcceptAsync(long callId)
    {
        if (PhoneRefusal() is { } refusal)
        {
            return new ClaimAnswer(false, null, null, refusal);
        }

        if (Accepting is not null)
        {
            return new ClaimAnswer(Accepting == callId, null, null, Accepting == callId ? null : "Another call is being accepted.");
        }

        Accepting = callId;
        Changed?.Invoke();
        try
        {
            var claim = ClaimAnswer.Of(await desk.AcceptAsync(callId, _agentId, _gone.Token));
            if (claim is not { Won: true, ConferenceName: { } conference })
            {
                return claim;
            }

            Problem = null;
            return await JoinAsync(callId, conference, null) is { } problem ? new ClaimAnswer(false, null, null, problem) : claim;
        }
        finally
        {
            Accepting = null;
            Changed?.Invoke();
        }
    }

    /// <summary>Joins the call in hand again, after a reload had thrown the phone out of it.</summary>
    public async Task RejoinAsync()
    {
        if (ActiveCallState.Call is { } call)
        {
            _left = null;
            if (await phone.ConnectAsync(call.Id, call.ConferenceName) is { Done: false } answer)
            {
                Tell(new CallProblem(answer.Message ?? "The call could not be joined.", null, OfPhone: true));
            }
        }
    }

    /// <summary>Ends the call for everybody in it. Both halves are told: either may be out of reach.</summary>
    public async Task HangUpAsync()
    {
        if (ActiveCallState.Call is not { } call)
        {
            return;
        }

        // A supervisor's leg in another's call is none of this.
        var here = phone.State.Call is { Role: PhoneRole.Agent } ? phone.HangUpAsync(call.Id) : Task.FromResult(new PhoneAnswer(true, null));
        await desk.HangUpAsync(call.Id, _agentId, CancellationToken.None);
        await here;
    }

    /// <summary>Asks to hold the customer, or to take them back. What is shown follows the carrier's word.</summary>
    public async Task ToggleHoldAsync()
    {
        if (Call is not { Status: CallStatus.Connected } call || HoldAskedFor is not null)
        {
            return;
        }

        var hold = !IsHeld(call);
        (HoldAskedFor, HoldProblem) = (hold, null);
        Changed?.Invoke();
        var refusal = (await desk.SetHoldAsync(call.Id, _agentId, hold, _gone.Token)).Reason;
        if (refusal is not null)
        {
            (HoldAskedFor, HoldProblem) = (null, refusal);
        }
        else if (HoldAskedFor == hold)
        {
            _holdTimer?.Dispose();
            _holdTimer = time.CreateTimer(_ => GiveUpHold(hold), null, HoldConfirmedWithin, Timeout.InfiniteTimeSpan);
        }

        Changed?.Invoke();
    }

    /// <summary>Mutes or opens the microphone.</summary>
    public async Task ToggleMuteAsync()
    {
        if (phone.State.Call is { } mine && await phone.SetMutedAsync(!mine.Muted) is { Done: false } answer)
        {
            Tell(new CallProblem(answer.Message ?? "The microphone could not be switched.", null));
        }
    }

    /// <returns>Words when a disposition is asked for first.</returns>
    public async Task<string?> FinishWrapUpAsync()
    {
        var refusal = (await roster.FinishWrapUpAsync(_agentId, _gone.Token)).Reason;
        if (refusal is null)
        {
            await ReadAsync();
        }

        return refusal;
    }

    /// <summary>More time for the wrap-up.</summary>
    public Task ExtendWrapUpAsync(TimeSpan by) => roster.ExtendWrapUpAsync(_agentId, by, _gone.Token);

    /// <summary>Tells the agent what went wrong, until it is dismissed or there is another call.</summary>
    public void Tell(CallProblem problem)
    {
        Problem = problem;
        Changed?.Invoke();
    }

    public void AskForKeypad() => KeypadAsked?.Invoke();

    public void Dismiss()
    {
        Problem = null;
        Changed?.Invoke();
    }

    /// <summary>Whether the customer hears the music, as the carrier says.</summary>
    public static bool IsHeld(Call call) => call.FindCustomerLeg() is { Held: true };

    public void Dispose()
    {
        phone.Changed -= OnPhone;
        _calls?.Dispose();
        _agents?.Dispose();
        _holdTimer?.Dispose();
        _endTimer?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
        // Not the semaphore: a read that is under way still lets go of it.
    }

    private async Task OpenOnceAsync()
    {
        _agentId = (await signedIn.GetAuthenticationStateAsync()).User.AgentId();
        _calls = feed.Subscribe(news =>
        {
            if (ActiveCallState is var now && (news.CallId == now.Call?.Id || news.CallId == now.WrappingUp?.Id))
            {
                ReadSoon();
            }
        });
        _agents = feed.SubscribeAgents(news =>
        {
            if (news.AgentId == _agentId)
            {
                ReadSoon();
            }
        });
        phone.Changed += OnPhone;
        await ReadAsync();
    }

    /// <returns>Words when it could not be joined; the call has gone back then.</returns>
    private async Task<string?> JoinAsync(long callId, string conference, string? number)
    {
        IsJoining = true;
        PhoneAnswer answer;
        try
        {
            await ReadAsync(); // the page shows the call while the phone is still on its way
            answer = await phone.ConnectAsync(callId, conference);
        }
        finally
        {
            IsJoining = false;
        }

        if (answer.Done)
        {
            Changed?.Invoke();
            return null;
        }

        var words = answer.Message ?? "Your phone could not join the call.";
        await desk.ReleaseAsync(callId, _agentId, words, CancellationToken.None);
        Tell(new CallProblem(words, number, OfPhone: true));
        await ReadAsync();
        return words;
    }

    private string? PhoneRefusal() => phone.State switch
    {
        { Light: PhoneLight.Unsupported or PhoneLight.NoMicrophone } state => state.Detail,
        { ShiftStarted: false } => "Start your shift first: your phone is off.",
        { Call: not null } => "You are in a call already.",
        _ => null,
    };

    /// <summary>The phone's own word that a call is over is enough to leave it; the carrier's follows.</summary>
    private void OnPhone()
    {
        if (phone.State.Call is { Role: PhoneRole.Agent, Phase: not PhoneCallPhase.Connecting } mine)
        {
            _joined = mine.CallId;
        }
        else if (phone.State.Call is null && _joined is { } callId)
        {
            _joined = null;
            if (ActiveCallState.Call?.Id == callId)
            {
                _left = callId;
                _endTimer?.Dispose();
                _endTimer = time.CreateTimer(_ => ComeBack(callId), null, EndConfirmedWithin, Timeout.InfiniteTimeSpan);
            }
        }

        Changed?.Invoke();
    }

    /// <summary>The phone left, and the server still has the call: show it again, so that it can be joined or ended.</summary>
    private void ComeBack(long callId)
    {
        if (_left == callId)
        {
            _left = null;
            ReadSoon();
        }
    }

    private void GiveUpHold(bool hold)
    {
        if (HoldAskedFor == hold)
        {
            (HoldAskedFor, HoldProblem) = (null, hold
                ? "The network has not confirmed the hold. The customer may still hear you."
                : "The network has not confirmed that the customer is back. They may still hear the music.");
            Changed?.Invoke();
        }
    }

    /// <summary>Reads soon, off the announcer's thread; news that come while it waits are read with it.</summary>
    private void ReadSoon()
    {
        if (Interlocked.Exchange(ref _stale, 1) == 0)
        {
            _ = Task.Run(ReadAsync);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await _oneAtATime.WaitAsync(_gone.Token);
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException)
        {
            return;
        }

        try
        {
            Interlocked.Exchange(ref _stale, 0); // before reading: what changes from here on is new news
            var before = ActiveCallState;
            var token = _gone.Token;
            var me = await roster.FindAsync(_agentId, token);
            var call = await desk.FindActiveAsync(_agentId, token);
            var wrapping = me is { WrapUpCallId: { } wrapUp, Presence: Presence.WrapUp } ? await desk.FindAsync(wrapUp, token) : null;
            var required = wrapping is not null && await dispositions.IsRequiredAsync(token);
            ActiveCallState = new ActiveCallState(me, call, wrapping, required);
            await NoticeAsync(before.Call, call, token);
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException && _gone.IsCancellationRequested)
        {
            return;
        }
        catch (Exception ex)
        {
            logger.LogWarning(ex, "The call in hand of agent {AgentId} could not be read; it is read again in a second", _agentId);
            _ = ReadAgainAsync();
        }
        finally
        {
            _oneAtATime.Release();
        }

        Changed?.Invoke();
    }

    private async Task ReadAgainAsync()
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, _gone.Token);
            ReadSoon();
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException)
        {
            // The page has gone.
        }
    }

    /// <summary>What a change of the call in hand means for what was asked of it, and for what the agent must be told.</summary>
    private async Task NoticeAsync(Call? before, Call? now, CancellationToken cancellationToken)
    {
        if (now is null || now.Id != before?.Id || IsHeld(now) == HoldAskedFor)
        {
            HoldAskedFor = null;
            HoldProblem = null;
        }

        if (now?.Id != _left)
        {
            _left = null;
        }

        if (before is null || before.Id == now?.Id)
        {
            return;
        }

        // Busy, no answer, failed: there is no wrap-up in which the agent would read it.
        var ended = await desk.FindAsync(before.Id, cancellationToken);
        if (ended is { IsOpen: false, AnsweredAt: null, EndReason: { } reason, Direction: CallDirection.Outbound } && Problem is null)
        {
            Problem = new CallProblem(reason, ended.ToNumber);
        }
        else if (ended is { IsOpen: false, Outcome: CallOutcome.Abandoned })
        {
            Problem = new CallProblem("The caller hung up before you were connected.", ended.FromNumber);
        }
    }
}

/// <summary>What went wrong with a call.</summary>
/// <param name="Words">For the agent.</param>
/// <param name="Number">Whom to call again, where that makes sense.</param>
/// <param name="OfPhone">The agent's own phone could not join; the other side has nothing to do with it.</param>
public sealed record CallProblem(string Words, string? Number, bool OfPhone = false);
