using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Data;

/// <summary>What came of a unit of work.</summary>
/// <param name="IsKept">False undoes what it has written.</param>
public readonly record struct WorkResult<T>(T Value, bool IsKept);

/// <summary>
/// Units of work on one commit where the database has one writer anyway (SQLite): all that come while the commit before is on its way to
/// the disk share the next, and a read in it is never out of date. One that fails or is not kept is no other's business: all are undone,
/// and each is done again alone. On SQL Server each has a transaction of its own, beside the others, and is done again whole when the
/// server gives it up.
/// </summary>
public sealed class SharedCommits(IDbContextFactory<CrmDbContext> contexts, SqliteWriteLock writeLock, TimeProvider time)
    : IAsyncDisposable
{
    /// <summary>Who calls waits no longer than the units before, a fraction of a millisecond each.</summary>
    private const int MostInOneCommit = 32;

    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private readonly Channel<Unit> _waiting = Channel.CreateUnbounded<Unit>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _starting = new();
    private Task? _writing;

    /// <param name="work">
    /// Reads, decides and writes, in a context with a transaction that tracks nothing. May be called more than once, and counts only once:
    /// it has no effect but on the database.
    /// </param>
    /// <param name="cancellationToken">Stops the waiting for a turn; what has begun to be written is finished.</param>
    public async Task<T> RunAsync<T>(Func<CrmDbContext, CancellationToken, Task<WorkResult<T>>> work, CancellationToken cancellationToken)
    {
        if (!writeLock.IsOneAtATime)
        {
            return await contexts.InTransactionAsync(
                async (db, transaction) =>
                {
                    var result = await work(db, cancellationToken);
                    if (result.IsKept)
                    {
                        await transaction.CommitAsync(cancellationToken);
                    }

                    return result.Value;
                },
                cancellationToken);
        }

        lock (_starting)
        {
            _writing ??= Start();
        }

        var unit = new Unit<T>(work);
        if (!_waiting.Writer.TryWrite(unit))
        {
            throw new OperationCanceledException("The program is ending.");
        }

        // What has begun is waited for: who asked for a change that was saved does what follows from it.
        await using var givingUp = cancellationToken.Register(() => unit.GiveUp(cancellationToken));
        return await unit.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        if (_writing is { } writing)
        {
            await Task.WhenAny(writing, Task.Delay(LongestGoodbye, time)); // a database that does not answer keeps no process from ending
        }
    }

    private Task Start()
    {
        using var none = ExecutionContext.SuppressFlow(); // it belongs to no request's trace
        return Task.Run(WriteAllAsync, CancellationToken.None);
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<Unit>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            using var turn = await writeLock.EnterAsync(CancellationToken.None);
            while (batch.Count < MostInOneCommit && _waiting.Reader.TryRead(out var unit))
            {
                CallTelemetry.WriteWaited(Stopwatch.GetElapsedTime(unit.CameAt));
                batch.Add(unit);
            }

            if (batch.Count == 1 || !await TryTogetherAsync(batch))
            {
                foreach (var unit in batch)
                {
                    await AloneAsync(unit);
                }
            }

            batch.Clear();
        }
    }

    /// <returns>False, with nothing written, when one of them failed or is not to be kept.</returns>
    private async Task<bool> TryTogetherAsync(List<Unit> batch)
    {
        try
        {
            if (!await TryWriteAsync(batch))
            {
                return false;
            }
        }
        catch (Exception)
        {
            return false; // each alone will say what is wrong with it
        }

        batch.ForEach(unit => unit.Complete());
        return true;
    }

    private async Task AloneAsync(Unit unit)
    {
        try
        {
            await TryWriteAsync([unit]);
        }
        catch (Exception ex)
        {
            unit.Fail(ex);
            return;
        }

        unit.Complete();
    }

    /// <returns>False, with nothing written, when one of them is not to be kept.</returns>
    private Task<bool> TryWriteAsync(List<Unit> units) => contexts.InTransactionAsync(
        async (db, transaction) =>
        {
            foreach (var unit in units)
            {
                if (!await unit.TryRunAsync(db))
                {
                    return false;
                }

                db.ChangeTracker.Clear();
            }

            await transaction.CommitAsync();
            return true;
        },
        CancellationToken.None);

    private abstract class Unit
    {
        private readonly Lock _beginning = new();
        private bool _hasBegun;
        private bool _isGivenUp;

        protected Unit() => CallTelemetry.WriteWaiting();

        public long CameAt { get; } = Stopwatch.GetTimestamp();

        /// <returns>Whether it is to be kept.</returns>
        public async Task<bool> TryRunAsync(CrmDbContext db)
        {
            lock (_beginning)
            {
                _hasBegun = true;
            }

            return _isGivenUp || await RunAsync(db);
        }

        public void GiveUp(CancellationToken cancellationToken)
        {
            lock (_beginning)
            {
                _isGivenUp = !_hasBegun;
            }

            if (_isGivenUp)
            {
                Cancel(cancellationToken);
            }
        }

        public abstract void Complete();

        public abstract void Fail(Exception why);

        protected abstract Task<bool> RunAsync(CrmDbContext db);

        protected abstract void Cancel(CancellationToken cancellationToken);
    }

    private sealed class Unit<T>(Func<CrmDbContext, CancellationToken, Task<WorkResult<T>>> work) : Unit
    {
        private WorkResult<T> _result;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Complete() => Done.TrySetResult(_result.Value);

        public override void Fail(Exception why) => Done.TrySetException(why);

        protected override async Task<bool> RunAsync(CrmDbContext db)
        {
            _result = await work(db, CancellationToken.None);
            return _result.IsKept;
        }

        protected override void Cancel(CancellationToken cancellationToken) => Done.TrySetCanceled(cancellationToken);
    }
}
