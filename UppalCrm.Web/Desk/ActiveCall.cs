using Microsoft.AspNetCore.Components.Authorization;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Live;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Desk;

/// <summary>
/// What one agent's call is now, as one circuit shows it: read from the database when the feed says so, and shared by the desk, the layout
/// and the pop-ups. It commands nothing: buttons do, through the phone in the browser.
/// </summary>
/// <remarks>Scoped. What is read is replaced as a whole, so it may be looked at on any thread.</remarks>
public sealed class ActiveCall(
    CallCommands calls, AgentRoster roster, DispositionList dispositions, CallFeed feed, AgentPhone phone, NumberParser numbers,
    AuthenticationStateProvider signedIn, TimeProvider time, ILogger<ActiveCall> logger) : IDisposable
{
    /// <summary>The phone's word that a call is over is believed for this long without the carrier's.</summary>
    public static readonly TimeSpan EndConfirmedWithin = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _gone = new();
    private IDisposable? _calls;
    private IDisposable? _agents;
    private ITimer? _endTimer;
    private Task? _opening;
    private Reading _now = new(null, null, null, null, false);
    private CallProblem? _problem;
    private CallProblem? _carriersReason;
    private int _agentId;
    private int _stale;
    private long? _joined;
    private long? _left;

    /// <summary>Raised on any thread when something shown has changed: a listener re-renders by <c>InvokeAsync</c>.</summary>
    public event Action? Changed;

    /// <summary>The keypad's shortcut was pressed.</summary>
    public event Action? KeypadAsked;

    /// <summary>Whose call it is that this shows.</summary>
    public int AgentId => _agentId;

    /// <summary>The agent as everybody sees them; null until the first reading.</summary>
    public AgentOnFloor? Me => _now.Me;

    /// <summary>The call to show. Null as soon as either the phone or the carrier says that it is over, whichever is first.</summary>
    public Call? Call => _now.Call is { } call && call.Id != _left ? call : null;

    /// <summary>The call that the agent has put aside for this one; null when there is none.</summary>
    public Call? Parked => _now.Parked;

    /// <summary>The call to wrap up; null when there is none, or the agent is in a call again.</summary>
    public Call? WrappingUp => Call is null && Me is { Presence: Presence.WrapUp } ? _now.WrappingUp : null;

    /// <summary>Whether the administrator asks for a disposition after each call.</summary>
    public bool DispositionRequired => _now.DispositionRequired;

    /// <summary>What went wrong with the last call, until it is dismissed or there is another call.</summary>
    /// <remarks>
    /// Once the agent was in the conference and the customer was to be dialled, the carrier knows why the call ended; a phone that was
    /// still connecting saw only that it was let go.
    /// </remarks>
    public CallProblem? Problem => phone.State.Refusals
        .LastOrDefault(r => r.Action is CallAction.Dial or CallAction.CallColleague || r.OfPhone) is { } refused
         && (_carriersReason is null || !refused.OfPhone)
            ? new CallProblem(refused.Message, NumberOf(refused), refused.OfPhone)
            : _carriersReason ?? _problem;

    /// <summary>What went wrong with a second call, the first of which is in hand again.</summary>
    public CallProblem? SecondProblem { get; private set; }

    /// <summary>A number that was to be called while a call was up: the dialpad has it afterwards. Null when there is none.</summary>
    public string? NumberForLater { get; private set; }

    /// <summary>Whether the phone takes part in the call. Not after a reload, until it is joined again.</summary>
    public bool PhoneIsIn => Call is { } call && phone.State.Call is { Role: PhoneRole.Agent } mine && mine.CallId == call.Id;

    /// <summary>Begins to listen and reads once. Every component that shows any of this calls it; the first one does the work.</summary>
    public Task OpenAsync() => _opening ??= OpenOnceAsync();

    /// <summary>Tells the agent what went wrong, until it is dismissed or there is another call.</summary>
    public void Tell(CallProblem problem)
    {
        _problem = problem;
        Changed?.Invoke();
    }

    /// <summary>What was told is read. What the phone refused, the same button dismisses at the phone.</summary>
    public void Dismiss()
    {
        _problem = _carriersReason = SecondProblem = null;
        Changed?.Invoke();
    }

    /// <summary>Keeps a number that cannot be called now.</summary>
    public void KeepForLater(string number)
    {
        if (NumberForLater != number)
        {
            NumberForLater = number;
            Changed?.Invoke();
        }
    }

    /// <summary>What was kept, once.</summary>
    public string? TakeNumberForLater()
    {
        var number = NumberForLater;
        NumberForLater = null;
        return number;
    }

    public void AskForKeypad() => KeypadAsked?.Invoke();

    /// <summary>Whether the customer is on hold, by the carrier's word.</summary>
    public static bool IsHeld(Call call) => call.FindCustomerLeg() is { Held: true };

    public void Dispose()
    {
        phone.Changed -= OnPhone;
        _calls?.Dispose();
        _agents?.Dispose();
        _endTimer?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
        // Not the semaphore: a reading that is under way still releases it.
    }

    private async Task OpenOnceAsync()
    {
        _agentId = (await signedIn.GetAuthenticationStateAsync()).User.AgentId();
        _calls = feed.Subscribe(change =>
        {
            if (_now is var now
                && (change.CallId == now.Call?.Id || change.CallId == now.Parked?.Id || change.CallId == now.WrappingUp?.Id))
            {
                ReadSoon();
            }
        });
        _agents = feed.SubscribeAgents(change =>
        {
            if (change.AgentId == _agentId)
            {
                ReadSoon();
            }
        });
        phone.Changed += OnPhone;
        await ReadAsync();
    }

    /// <summary>The phone's word that a call is over is enough to leave it; the carrier's follows.</summary>
    private void OnPhone()
    {
        if (phone.State.Call is { Phase: PhoneCallPhase.Open }
            && phone.State.RefusalOf(CallAction.Dial) is { OfPhone: false, Value: { } wanted })
        {
            NumberForLater = wanted;
        }

        if (phone.State.Call is { Role: PhoneRole.Agent, Phase: not PhoneCallPhase.Connecting } mine)
        {
            _joined = mine.CallId;
            if (_left == mine.CallId)
            {
                _left = null; // joined again
            }
        }
        else if (phone.State.Call is null && _joined is { } callId)
        {
            _joined = null;
            // Where the customer stays, the call is still there to come back to.
            if (_now.Call is { KeepsCustomer: false } now && now.Id == callId)
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

    /// <summary>Reads soon, off the announcer's thread; what changes while a reading waits is read with it.</summary>
    private void ReadSoon()
    {
        if (Interlocked.Exchange(ref _stale, 1) == 0)
        {
            _ = Task.Run(ReadAsync);
        }
    }

    /// <summary>Reads now, without waiting for the feed: for what this circuit has just changed itself.</summary>
    public async Task ReadAsync()
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
            Interlocked.Exchange(ref _stale, 0); // before reading: what changes from here on asks for another reading
            var before = _now;
            var token = _gone.Token;
            var me = await roster.FindAsync(_agentId, token);
            var call = await calls.FindActiveAsync(_agentId, token);
            var parked = me?.CallId is null ? null : await calls.FindParkedAsync(_agentId, token);
            if (call is null)
            {
                // The one in hand is over, and this one is taken up next, or was between the two look-ups.
                call = parked ?? (me?.CallId is null ? null : await calls.FindActiveAsync(_agentId, token));
                parked = null;
            }

            var wrapping = me is { WrapUpCallId: { } wrapUp, Presence: Presence.WrapUp } ? await calls.FindAsync(wrapUp, token) : null;
            var required = wrapping is not null && await dispositions.IsRequiredAsync(token);
            _now = new Reading(me, call, parked, wrapping, required);
            await NoticeAsync(before.Call, call, token);
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException && _gone.IsCancellationRequested)
        {
            return;
        }
        catch (Exception ex)
        {
            logger.LogWarning(ex, "The call of agent {AgentId} could not be read; it is read again in a second", _agentId);
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
            await Task.Delay(RetryAfter, time, _gone.Token);
            ReadSoon();
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException)
        {
            // The page has gone.
        }
    }

    /// <summary>What a change of the call means for what the agent must be told.</summary>
    private async Task NoticeAsync(Call? before, Call? now, CancellationToken cancellationToken)
    {
        if (now?.Id != _left)
        {
            _left = null;
        }

        if (before?.Id == now?.Id)
        {
            return;
        }

        if (now is not null)
        {
            _problem = _carriersReason = SecondProblem = null; // it was about a call before this one
        }

        // Busy, no answer, failed: there is no wrap-up in which the agent would read it.
        var ended = before is null ? null : await calls.FindAsync(before.Id, cancellationToken);
        if (ended is { IsOpen: false, AnsweredAt: null, EndReason: { } reason, Direction: not CallDirection.Inbound })
        {
            var problem = new CallProblem(reason, ended.IsInternal ? null : ended.ToNumber);
            if (now is null)
            {
                _carriersReason = ended.Legs.Exists(leg => leg is { Role: LegRole.Agent, JoinedAt: not null }) ? problem : null;
                _problem = Problem is null ? problem : _problem;
            }
            else
            {
                SecondProblem = problem;
            }
        }
        else if (ended is { IsOpen: false, EndedBy: CallEnder.Supervisor } && _now.WrappingUp?.Id != ended.Id)
        {
            _problem = new CallProblem("A supervisor ended the call.", null); // in wrap-up it is read there
        }
        else if (ended is { IsOpen: false, Outcome: CallOutcome.Abandoned })
        {
            _problem = new CallProblem("The caller hung up before you were connected.", ended.FromNumber);
        }
    }

    private string? NumberOf(PhoneRefusal refused) =>
        refused.Action == CallAction.CallColleague ? null : numbers.Read(refused.Value).Number?.Value ?? refused.Value;

    private sealed record Reading(AgentOnFloor? Me, Call? Call, Call? Parked, Call? WrappingUp, bool DispositionRequired);
}

/// <summary>What went wrong with a call.</summary>
/// <param name="Message">For the agent.</param>
/// <param name="Number">Whom to call again, where that makes sense.</param>
/// <param name="OfPhone">The agent's own phone could not join; the other side has nothing to do with it.</param>
public sealed record CallProblem(string Message, string? Number, bool OfPhone = false);
