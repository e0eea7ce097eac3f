using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Offers;

/// <summary>What came of writing a caller down.</summary>
/// <param name="IsNew">False when the leg is known.</param>
/// <param name="HasUnmatchedEvents">News of it came before it did, and waits to be taken up.</param>
public readonly record struct Arrival(bool IsNew, bool HasUnmatchedEvents);

/// <summary>
/// Writes callers down as they come: prepared statements, and one commit for all who come while the one before is on its way to the disk.
/// Only for SQLite, where the commit is what an arrival costs. A caller is announced and answered after it, so nobody who was answered is
/// lost, and nobody who is written down is forgotten because whoever asked has stopped listening.
/// </summary>
public sealed class InboundCallBatcher(IDbContextFactory<CrmDbContext> contexts, SqliteWriteLock gate, CallFeed feed, DeadlineTimer deadlines, TimeProvider time) : IAsyncDisposable
{
    private const int ConstraintViolated = 19; // SQLITE_CONSTRAINT
    private const int MostInOneCommit = 256;

    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(10_000) { SingleReader = true });
    private readonly Lock _starting = new();
    private Task? _writing;

    /// <summary>Ends when the caller is on the disk. Sets the ids of the call, its leg and its event, and the contact.</summary>
    /// <param name="number">The caller's number in E.164, to know them by; null when it is withheld.</param>
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
        PreparedStatements? pen = null;
        var batch = new List<Waiting>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            using var turn = await gate.EnterAsync(CancellationToken.None);
            while (batch.Count < MostInOneCommit && _waiting.Reader.TryRead(out var one))
            {
                batch.Add(one);
            }

            try
            {
                pen ??= await OpenAsync();
                WriteTogether(pen, batch);
            }
            catch (Exception ex)
            {
                batch.ForEach(one => one.Written.TrySetException(ex)); // whoever asked tries again
                pen?.Dispose();
                pen = null;
            }

            batch.Clear();
        }

        pen?.Dispose();
    }

    private void WriteTogether(PreparedStatements pen, List<Waiting> batch)
    {
        try
        {
            pen.Write(batch);
            batch.ForEach(Announce);
        }
        catch (SqliteException ex) when (ex.SqliteErrorCode == ConstraintViolated && batch.Count > 1)
        {
            // One of them is refused, and nothing is written. Each by itself, so that the others do not suffer for it.
            foreach (var one in batch)
            {
                try
                {
                    WriteTogether(pen, [one]);
                }
                catch (SqliteException alone)
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
            // Still our turn at the gate: no change of this call can have been announced before.
            feed.Announce(new CallChanged(one.Call.Id, one.Call.Version, AsWritten: one.Call));
        }

        one.Written.TrySetResult(one.Arrival);
    }

    private async Task<PreparedStatements> OpenAsync()
    {
        var db = await contexts.CreateDbContextAsync();
        try
        {
            await db.Database.OpenConnectionAsync();
            return new PreparedStatements(db);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
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
    private sealed class PreparedStatements : IDisposable
    {
        private readonly CrmDbContext _db;
        private readonly SqliteConnection _connection;
        private readonly PreparedInsert _call;
        private readonly PreparedInsert _leg;
        private readonly PreparedInsert _event;
        private readonly SqliteCommand _findContact;
        private readonly SqliteCommand _findEarlyNews;

        public PreparedStatements(CrmDbContext db)
        {
            _db = db;
            _connection = (SqliteConnection)db.Database.GetDbConnection();
            _call = new PreparedInsert(db.Model.FindEntityType(typeof(Call))!, _connection, unless: nameof(Call.CustomerLeg));
            _leg = new PreparedInsert(db.Model.FindEntityType(typeof(CallLeg))!, _connection);
            _event = new PreparedInsert(db.Model.FindEntityType(typeof(CallEvent))!, _connection);
            _findContact = Prepare("""
                SELECT DISTINCT c.id, c.name, c.company, c.email, c.notes, c.created_at, c.updated_at, c.version FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id WHERE n.number = $number ORDER BY c.id LIMIT 21
                """, "$number");
            _findEarlyNews = Prepare("""
                SELECT EXISTS (SELECT 1 FROM call_events WHERE call_id IS NULL AND leg_sid = $leg)
                    OR EXISTS (SELECT 1 FROM call_events WHERE call_id IS NULL AND conference_name = $room)
                """, "$leg", "$room");
        }

        /// <exception cref="SqliteException">Nothing was written.</exception>
        public void Write(List<Waiting> batch)
        {
            using var transaction = _connection.BeginTransaction();
            batch.ForEach(one => one.Arrival = WriteOne(one, transaction));
            transaction.Commit();
        }

        public void Dispose()
        {
            _call.Dispose();
            _leg.Dispose();
            _event.Dispose();
            _findContact.Dispose();
            _findEarlyNews.Dispose();
            _db.Dispose();
        }

        private Arrival WriteOne(Waiting one, SqliteTransaction transaction)
        {
            if (one.Number is { } number)
            {
                var match = Match(number, transaction);
                one.Call.Contact = match.Contact;
                one.Call.ContactId = match.Contact?.Id;
                one.Call.CallerName = match.Name ?? one.Call.CallerName;
            }

            if (_call.Execute(one.Call, transaction) is not { } id)
            {
                return default; // the leg is known
            }

            one.Call.Id = id;
            foreach (var leg in one.Call.Legs)
            {
                leg.CallId = id;
                leg.Id = _leg.Execute(leg, transaction)!.Value;
            }

            one.Row.CallId = id;
            one.Row.Id = _event.Execute(one.Row, transaction)!.Value;
            _findEarlyNews.Transaction = transaction;
            _findEarlyNews.Parameters[0].Value = one.Call.CustomerLeg!.Value.Value;
            _findEarlyNews.Parameters[1].Value = one.Call.ConferenceName;
            return new Arrival(IsNew: true, HasUnmatchedEvents: (long)_findEarlyNews.ExecuteScalar()! != 0);
        }

        /// <summary>As <see cref="ContactBook.MatchAsync"/> finds them.</summary>
        private ContactMatch Match(string number, SqliteTransaction transaction)
        {
            _findContact.Transaction = transaction;
            _findContact.Parameters[0].Value = number;
            using var row = _findContact.ExecuteReader();
            var owners = new List<Contact>();
            while (row.Read())
            {
                owners.Add(new Contact
                {
                    Id = row.GetInt64(0),
                    Name = row.GetString(1),
                    Company = Text(2),
                    Email = Text(3),
                    Notes = Text(4),
                    CreatedAt = new DateTimeOffset(row.GetInt64(5), TimeSpan.Zero),
                    UpdatedAt = new DateTimeOffset(row.GetInt64(6), TimeSpan.Zero),
                    Version = row.GetInt64(7),
                });
            }

            return ContactMatch.Of(owners);

            string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        }

        private SqliteCommand Prepare(string sql, params string[] parameters)
        {
            var command = _connection.CreateCommand();
            // Fixed texts of this file.
#pragma warning disable CA2100
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(new SqliteParameter(parameter, SqliteType.Text));
            }

            command.Prepare();
            return command;
        }
    }
}
