using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.TwiML;

/// <summary>The keys pressed on a leg from now until <see cref="Dispose"/>.</summary>
internal sealed class KeyPresses : IDisposable
{
    private readonly Leg _leg;
    private readonly Queue<char> _keys = new();
    private readonly Action<char> _handler;
    private TaskCompletionSource<char>? _awaited;

    /// <summary>Keeps the keys for <see cref="NextAsync"/>.</summary>
    public KeyPresses(Leg leg)
    {
        _leg = leg;
        _handler = Add;
        leg.Pressed += _handler;
    }

    /// <summary>Runs <paramref name="act"/> at each press of one key.</summary>
    public KeyPresses(Leg leg, char key, Action act)
    {
        _leg = leg;
        _handler = pressed =>
        {
            if (pressed == key)
            {
                act();
            }
        };
        leg.Pressed += _handler;
    }

    /// <summary>The next key, pressed already or later. Await it before the next call.</summary>
    public Task<char> NextAsync()
    {
        if (_keys.TryDequeue(out var key))
        {
            return Task.FromResult(key);
        }

        _awaited = new TaskCompletionSource<char>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _awaited.Task;
    }

    public void Dispose() => _leg.Pressed -= _handler;

    private void Add(char key)
    {
        if (_awaited?.TrySetResult(key) != true)
        {
            _keys.Enqueue(key);
        }
    }
}
