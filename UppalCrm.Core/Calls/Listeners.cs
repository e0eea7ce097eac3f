using System.Collections.Immutable;

namespace UppalCrm.Core.Calls;

/// <summary>
/// Who wants to hear of something. Listeners are called outside any lock, on the teller's thread: they must only note it and return.
/// </summary>
public sealed class Listeners<T>
{
    private ImmutableArray<Action<T>> _all = [];

    /// <returns>Ends the listening when disposed.</returns>
    public IDisposable Add(Action<T> listener)
    {
        ImmutableInterlocked.Update(ref _all, list => list.Add(listener));
        return new Listening(() => ImmutableInterlocked.Update(ref _all, list => list.Remove(listener)));
    }

    /// <param name="failed">Told of a listener that threw; the others still hear.</param>
    public void Tell(T what, Action<Exception> failed)
    {
        foreach (var listener in _all)
        {
            try
            {
                listener(what);
            }
            catch (Exception ex)
            {
                failed(ex);
            }
        }
    }

    private sealed class Listening(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
