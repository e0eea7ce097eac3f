using System.Diagnostics;

namespace UppalCrm.Core.Data;

/// <summary>
/// Who writes calls, one after another where the database has one writer anyway (SQLite). Waiting here takes no thread: while
/// the file is locked from outside, one thread stands at the lock and not one for every webhook.
/// </summary>
public sealed class SqliteWriteLock(bool oneAtATime) : IDisposable
{
    private readonly SemaphoreSlim? _turn = oneAtATime ? new SemaphoreSlim(1, 1) : null;

    public bool IsOneAtATime => _turn is not null;

    /// <returns>The turn; disposing it lets the next one in.</returns>
    public async Task<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        if (_turn is null)
        {
            return null;
        }

        var started = Stopwatch.GetTimestamp();
        CallTelemetry.WriteWaiting();
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        finally
        {
            CallTelemetry.WriteWaited(Stopwatch.GetElapsedTime(started));
        }

        return new Turn(_turn);
    }

    public void Dispose() => _turn?.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
