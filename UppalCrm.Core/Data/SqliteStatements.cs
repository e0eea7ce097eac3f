using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace UppalCrm.Core.Data;

/// <summary>
/// Keeps what SQLite has compiled (decision 0014). EF makes a command for each execution, and Microsoft.Data.Sqlite compiles it each
/// time: for the statement that reads a call with its legs that is most of its cost. Here a statement is executed by the command that
/// has compiled its text before, on a connection that stays open as long as its context lives.
/// </summary>
/// <remarks>
/// SQLite compiles a statement again by itself when the schema has changed (sqlite.org/c3ref/prepare.html). The connection has none of
/// the functions that EF adds to SQLite for regular expressions and decimals: no query of ours needs one.
/// </remarks>
public sealed class SqliteStatements : DbCommandInterceptor, IDbConnectionInterceptor
{
    private SqliteStatements()
    {
    }

    public static SqliteStatements Instance { get; } = new();

    public InterceptionResult<DbConnection> ConnectionCreating(
        ConnectionCreatingEventData eventData, InterceptionResult<DbConnection> result) =>
        InterceptionResult<DbConnection>.SuppressWithResult(new KeptConnection(eventData.ConnectionString));

    public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result) => Kept(result);

    /// <summary>
    /// The command that has compiled the text of this one before, with the parameters of this one, which is disposed; on SQL Server this
    /// one itself.
    /// </summary>
    internal static DbCommand Kept(DbCommand fresh) =>
        fresh is SqliteCommand { Connection: KeptConnection connection } command ? connection.Take(command) : fresh;

    /// <summary>One connection with its statements; used by one thread at a time, as its context is.</summary>
    private sealed class KeptConnection(string? connectionString) : SqliteConnection(connectionString)
    {
        /// <summary>More than a webhook, a claim and a hang-up need together; some tens of kilobytes each.</summary>
        private const int MostStatements = 96;

        private readonly Dictionary<string, LinkedListNode<KeptCommand>> _byText = [];
        private readonly LinkedList<KeptCommand> _lastUsed = [];
        private bool _isGivenUp;

        /// <summary>
        /// The command that has compiled this text, with the parameters of the new one; the new one itself while that one is being read.
        /// </summary>
        public SqliteCommand Take(SqliteCommand fresh)
        {
            if (!_byText.TryGetValue(fresh.CommandText, out var node))
            {
                DropOldest();
                node = new(new KeptCommand { Connection = this, CommandText = fresh.CommandText });
                _byText.Add(fresh.CommandText, node);
            }
            else if (node.Value.IsTaken)
            {
                return fresh;
            }
            else
            {
                _lastUsed.Remove(node);
            }

            _lastUsed.AddLast(node);
            node.Value.Take(fresh);
            fresh.Dispose(); // EF disposes the one that it executes, and a connection has a list of its commands
            return node.Value;
        }

        /// <summary>Stays open: a closed connection loses its statements. What was begun and not committed is undone.</summary>
        public override void Close()
        {
            if (_isGivenUp)
            {
                base.Close();
            }
            else
            {
                Transaction?.Dispose();
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _isGivenUp = true;
                foreach (var kept in _lastUsed)
                {
                    kept.Forget();
                }

                _lastUsed.Clear();
                _byText.Clear();
            }

            base.Dispose(disposing);
        }

        private void DropOldest()
        {
            if (_lastUsed.Count >= MostStatements && _lastUsed.First is { Value: { IsTaken: false } oldest })
            {
                _lastUsed.RemoveFirst();
                _byText.Remove(oldest.CommandText);
                oldest.Forget();
            }
        }
    }

    private sealed class KeptCommand : SqliteCommand
    {
        private bool _isForgotten;

        public bool IsTaken { get; private set; }

        public void Take(SqliteCommand fresh)
        {
            IsTaken = true;
            Transaction = fresh.Transaction;
            CommandTimeout = fresh.CommandTimeout;
            foreach (SqliteParameter parameter in fresh.Parameters)
            {
                Parameters.Add(parameter);
            }
        }

        public void Forget()
        {
            _isForgotten = true;
            Dispose();
        }

        /// <summary>Given back, until it is forgotten.</summary>
        protected override void Dispose(bool disposing)
        {
            if (_isForgotten)
            {
                base.Dispose(disposing);
            }
            else if (disposing)
            {
                Parameters.Clear(); // nobody's name waits here for the next one
                Transaction = null;
                IsTaken = false;
            }
        }
    }
}
