using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace UppalCrm.Core.Offers;

/// <summary>What came of writing an inbound call.</summary>
/// <param name="IsNew">False when the customer's leg is known.</param>
/// <param name="HasUnmatchedEvents">Events of the call came before it, and wait to be applied.</param>
public readonly record struct Arrival(bool IsNew, bool HasUnmatchedEvents);

/// <summary>
/// Writes inbound calls as they come, on both databases: prepared statements, and one commit for all calls that come while the commit
/// before is on its way to the disk. The commit is what an arrival costs (docs/benchmarks.md, W1). A call is announced and answered
/// after its commit, so a caller who was answered is not lost, and a call that was written is announced even when the request for it
/// has stopped waiting.
/// </summary>
public sealed class InboundCallBatcher(
    IDbContextFactory<CrmDbContext> contexts, ContactBook contacts, SqliteWriteLock writeLock, CallFeed feed, DeadlineTimer deadlines,
    TimeProvider time) : IAsyncDisposable
{
    private const int MostInOneCommit = 256;

    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(10_000) { SingleReader = true });
    private readonly Lock _starting = new();
    private Task? _writing;

    /// <summary>Ends when the call is on the disk. Sets the ids of the call, its leg and its event, and the contact.</summary>
    /// <param name="number">The caller's number in E.164, by which the contact is found; null when it is withheld.</param>
    public async Task<Arrival> WriteAsync(Call call, CallEvent row, string? number, CancellationToken cancellationToken)
    {
        lock (_starting)
        {
            _writing ??= Task.Run(WriteAllAsync, CancellationToken.None);
        }

        var waiting = new Waiting(call, row, number);
        await _waiting.Writer.WriteAsync(waiting, cancellationToken);
        return await waiting.Written.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        if (_writing is { } writing)
        {
            // What is on its way to the disk gets there; a database that does not answer keeps no process from ending.
            await Task.WhenAny(writing, Task.Delay(LongestGoodbye, time));
        }
    }

    private async Task WriteAllAsync()
    {
        Statements? statements = null;
        var batch = new List<Waiting>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            using var turn = await writeLock.EnterAsync(CancellationToken.None);
            while (batch.Count < MostInOneCommit && _waiting.Reader.TryRead(out var one))
            {
                batch.Add(one);
            }

            try
            {
                statements ??= await Statements.OpenAsync(contexts, contacts);
                await WriteTogetherAsync(statements, batch);
            }
            catch (Exception ex)
            {
                batch.ForEach(one => one.Written.TrySetException(ex)); // the request tries again
                statements?.Dispose();
                statements = null;
            }

            batch.Clear();
        }

        statements?.Dispose();
    }

    private async Task WriteTogetherAsync(Statements statements, List<Waiting> batch)
    {
        try
        {
            await statements.WriteAsync(batch);
            batch.ForEach(Announce);
        }
        catch (DbException ex) when (DatabaseErrors.IsRefusedRow(ex) && batch.Count > 1)
        {
            // One of them is refused, and nothing is written. Each by itself, so that the others do not suffer for it.
            foreach (var one in batch)
            {
                try
                {
                    await WriteTogetherAsync(statements, [one]);
                }
                catch (DbException alone)
                {
                    one.Written.TrySetException(alone);
                }
            }
        }
    }

    private void Announce(Waiting one)
    {
        if (one.Arrival.IsNew)
        {
            deadlines.Schedule(one.Call.ExpiresAt);
            // Nobody knows the id before this announcement, so no later change can have been announced before it.
            feed.Announce(new CallChanged(one.Call.Id, one.Call.Version, AsWritten: one.Call));
        }

        one.Written.TrySetResult(one.Arrival);
    }

    private sealed class Waiting(Call call, CallEvent row, string? number)
    {
        public Call Call => call;

        public CallEvent Row => row;

        public string? Number => number;

        public Arrival Arrival { get; set; }

        public TaskCompletionSource<Arrival> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A connection with its prepared statements. The context lends connection and model, and tracks nothing.</summary>
    private sealed class Statements : IDisposable
    {
        private readonly CrmDbContext _db;
        private readonly ContactBook _contacts;
        private readonly IExecutionStrategy _strategy;
        private readonly DbCommand _hasUnmatchedEvents;
        private readonly DbCommand _isKnown;

        private Statements(CrmDbContext db, ContactBook contacts)
        {
            (_db, _contacts) = (db, contacts);
            _strategy = db.Database.CreateExecutionStrategy();
            _hasUnmatchedEvents = Ask(
                """
                SELECT CASE WHEN EXISTS (SELECT 1 FROM call_events WHERE call_id IS NULL AND leg_sid = @leg)
                    OR EXISTS (SELECT 1 FROM call_events WHERE call_id IS NULL AND conference_name = @name) THEN 1 ELSE 0 END
                """,
                ("@leg", 34), ("@name", 128));
            _isKnown = Ask(
                """
                SELECT CASE WHEN EXISTS (SELECT 1 FROM contact_numbers WHERE number = @number)
                    OR EXISTS (SELECT 1 FROM companies WHERE main_number = @number) THEN 1 ELSE 0 END
                """,
                ("@number", 16));
        }

        public static async Task<Statements> OpenAsync(IDbContextFactory<CrmDbContext> contexts, ContactBook contacts)
        {
            var db = await contexts.CreateDbContextAsync();
            try
            {
                await db.Database.OpenConnectionAsync();
                return new Statements(db, contacts);
            }
            catch
            {
                await db.DisposeAsync();
                throw;
            }
        }

        /// <exception cref="DbException">Nothing was written.</exception>
        public async Task WriteAsync(List<Waiting> batch)
        {
            await _strategy.ExecuteAsync(async () =>
            {
                _db.ChangeTracker.Clear();
                await using var transaction = await _db.Database.BeginTransactionAsync();
                foreach (var one in batch)
                {
                    one.Arrival = new Arrival(await WriteOneAsync(one, transaction.GetDbTransaction()), HasUnmatchedEvents: false);
                }

                await _db.WriteSearchTermsAsync(batch.Where(one => one.Arrival.IsNew).Select(one => one.Call), CancellationToken.None);
                await transaction.CommitAsync();
            });

            // After the commit: an event that another node keeps from now on looks for its call afterwards, and finds it.
            foreach (var one in batch.Where(one => one.Arrival.IsNew))
            {
                one.Arrival = one.Arrival with { HasUnmatchedEvents = await HasUnmatchedEventsAsync(one.Call) };
            }
        }

        public void Dispose()
        {
            _hasUnmatchedEvents.Dispose();
            _isKnown.Dispose();
            _db.Dispose();
        }

        private async Task<bool> WriteOneAsync(Waiting one, DbTransaction transaction)
        {
            if (one.Number is { } number && await IsKnownAsync(number, transaction))
            {
                var match = await _contacts.MatchAsync(_db, number, CancellationToken.None);
                one.Call.Contact = match.Contact;
                one.Call.ContactId = match.Contact?.Id;
                one.Call.CallerName = match.Name ?? one.Call.CallerName;
            }

            if (await RowStatements.Of<Call>(_db).InsertAsync(_db, one.Call, unless: nameof(Call.CustomerLeg)) is not { } id)
            {
                return false;
            }

            one.Call.Id = id;
            foreach (var leg in one.Call.Legs)
            {
                leg.CallId = id;
                leg.Id = (await RowStatements.Of<CallLeg>(_db).InsertAsync(_db, leg))!.Value;
            }

            one.Row.CallId = id;
            one.Row.Id = (await RowStatements.Of<CallEvent>(_db).InsertAsync(_db, one.Row))!.Value;
            return true;
        }

        /// <summary>Whether there is anybody to look up: most callers of most companies are in no address book.</summary>
        private Task<bool> IsKnownAsync(string number, DbTransaction transaction)
        {
            _isKnown.Transaction = transaction;
            _isKnown.Parameters[0].Value = number;
            return IsAsync(_isKnown);
        }

        private async Task<bool> HasUnmatchedEventsAsync(Call call)
        {
            _hasUnmatchedEvents.Parameters[0].Value = call.CustomerLeg!.Value.Value;
            _hasUnmatchedEvents.Parameters[1].Value = call.ConferenceName;
            try
            {
                return await IsAsync(_hasUnmatchedEvents);
            }
            catch (DbException)
            {
                return true; // the call is written: the request looks for the events
            }
        }

        private static async Task<bool> IsAsync(DbCommand question) =>
            Convert.ToInt64(await question.ExecuteScalarAsync(), CultureInfo.InvariantCulture) != 0;

        private DbCommand Ask(string question, params ReadOnlySpan<(string Name, int Size)> texts)
        {
            var command = _db.Database.GetDbConnection().CreateCommand();
#pragma warning disable CA2100 // words of ours
            command.CommandText = question;
#pragma warning restore CA2100
            foreach (var (name, size) in texts)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.DbType, parameter.Size) = (name, DbType.String, size);
                command.Parameters.Add(parameter);
            }

            return command;
        }
    }
}
