using Microsoft.AspNetCore.Components;

namespace UppalCrm.Web.Layout;

/// <summary>
/// A component that hears of changes while it is shown. It owns its subscriptions, its token ends with it, and what fails while it
/// answers a change is shown on this person's page, and the code that announced the change does not hear of it.
/// </summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(300);

    /// <summary>From one reading to the next while swarm follows swarm: nobody reads a list that changes three times a second.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _closing = new();
    private readonly List<IDisposable> _owned = [];
    private bool _isAtWork;

    protected LivePage() => Closed = _closing.Token;

    /// <summary>
    /// Ends when the component is disposed: pass it to everything that only this component waits for. What a person ordered is carried out
    /// although they have gone: it gets <see cref="CancellationToken.None"/>.
    /// </summary>
    protected CancellationToken Closed { get; }

    /// <summary>Goes to the page that follows from what was done, unless the person has gone elsewhere meanwhile.</summary>
    protected void GoOn(NavigationManager navigation, string address)
    {
        if (!Closed.IsCancellationRequested)
        {
            navigation.NavigateTo(address);
        }
    }

    /// <summary>Ends this with the component, or at once when the component has ended already.</summary>
    protected void Own(IDisposable owned)
    {
        if (Closed.IsCancellationRequested)
        {
            owned.Dispose();
        }
        else
        {
            _owned.Add(owned);
        }
    }

    /// <summary>
    /// Runs this on the component's own dispatcher and draws it afterwards. May be called from any thread; does not wait.
    /// </summary>
    protected void Run(Func<Task> work) => _ = InvokeAsync(async () =>
    {
        if (Closed.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await work();
            StateHasChanged();
        }
        catch (OperationCanceledException) when (Closed.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        catch (Exception ex)
        {
            await DispatchExceptionAsync(ex);
        }
    });

    /// <summary>As <see cref="Run(Func{Task})"/>, for what does not wait.</summary>
    protected void Run(Action work) => Run(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>For forms and buttons: the second press of a double click does nothing while the first is at work.</summary>
    protected async Task OnceAsync(Func<Task> work)
    {
        if (_isAtWork)
        {
            return;
        }

        _isAtWork = true;
        try
        {
            await work();
        }
        finally
        {
            _isAtWork = false;
        }
    }

    /// <summary>Draws the component again. May be called from any thread.</summary>
    protected void Redraw() => Run(() => { });

    /// <summary>
    /// For changes that come in swarms: the answer may be called from any thread and as often as they come, and the work runs 300 ms
    /// after the first of a swarm, and once a second at most. What comes while the work runs is answered once more.
    /// </summary>
    /// <param name="rest">From one run to the next, where it is not a second.</param>
    protected Action Gather(TimeProvider time, Func<Task> work, TimeSpan? rest = null)
    {
        var isWaiting = 0;
        var ranAt = time.GetTimestamp() - time.TimestampFrequency; // the first swarm need not wait for a rest
        var timer = time.CreateTimer(
            _ => Run(() =>
            {
                Volatile.Write(ref ranAt, time.GetTimestamp());
                Interlocked.Exchange(ref isWaiting, 0); // first: what comes while the work reads is read again
                return work();
            }),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        Own(timer);
        return () =>
        {
            if (Interlocked.Exchange(ref isWaiting, 1) == 0)
            {
                var left = (rest ?? Rest) - time.GetElapsedTime(Volatile.Read(ref ranAt));
                timer.Change(left > GatherTime ? left : GatherTime, Timeout.InfiniteTimeSpan);
            }
        };
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || Closed.IsCancellationRequested)
        {
            return;
        }

        _closing.Cancel();
        _closing.Dispose();
        foreach (var owned in _owned)
        {
            owned.Dispose();
        }
    }
}
