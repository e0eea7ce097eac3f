using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Core.Data;

namespace UppalCrm.Bench;

/// <summary>The database of a stand, as the app is told of it and as the bench looks into it.</summary>
internal abstract class StandDatabase : IAsyncDisposable
{
    public abstract string Provider { get; }

    /// <summary>For the app, which makes the database at its start.</summary>
    public abstract string ConnectionString { get; }

    public abstract DbConnection Open();

    public abstract ValueTask DisposeAsync();

    /// <summary>A file in the stand's folder, which goes with the folder.</summary>
    public sealed class OfSqlite(string file) : StandDatabase
    {
        public override string Provider => "Sqlite";

        public override string ConnectionString => $"Data Source={file}";

        public override DbConnection Open()
        {
            var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
            connection.Open();
            return connection;
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>A database of its own on the server that was given, dropped afterwards.</summary>
    public sealed class OfSqlServer(string server) : StandDatabase
    {
        public override string Provider => "SqlServer";

        public override string ConnectionString { get; } =
            new SqlConnectionStringBuilder(server) { InitialCatalog = $"uppalcrm_bench_{Guid.NewGuid():N}" }.ConnectionString;

        public override DbConnection Open()
        {
            var connection = new SqlConnection(ConnectionString);
            connection.Open();
            return connection;
        }

        public override async ValueTask DisposeAsync()
        {
            SqlConnection.ClearAllPools();
            var options = new DbContextOptionsBuilder<SqlServerCrmDbContext>();
            SqlServerCrmDbContext.Configure(options, ConnectionString);
            await using var db = new SqlServerCrmDbContext(options.Options);
            await db.Database.EnsureDeletedAsync();
        }
    }
}
