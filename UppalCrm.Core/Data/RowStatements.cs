using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace UppalCrm.Core.Data;

/// <summary>
/// INSERT and UPDATE of one kind of row, made from EF's own model, so that a column added by a migration is not forgotten here. For the
/// few kinds of which many are written: following what changes in an entity costs EF more than the statement costs the database.
/// Everything else goes through EF.
/// </summary>
internal sealed class RowStatements
{
    private static readonly ConditionalWeakTable<IModel, ConcurrentDictionary<Type, RowStatements>> Made = [];

    private readonly string _table;
    private readonly Column[] _columns;
    private readonly Column _key;
    private readonly Column? _token;
    private readonly string _columnNames;
    private readonly (string BeforeValues, string AtTheEnd) _returningId;

    private RowStatements(CrmDbContext db, Type entity)
    {
        var type = db.Model.FindEntityType(entity)!;
        var sql = db.GetService<ISqlGenerationHelper>();
        var properties = type.GetProperties().Where(p => p.PropertyInfo is not null).ToArray();
        Column Of(IProperty property) => new(
            property.Name, sql.DelimitIdentifier(property.GetColumnName()), property.GetRelationalTypeMapping(),
            property.GetGetter().GetClrValue);
        _table = sql.DelimitIdentifier(type.GetTableName()!);
        _key = Of(properties.Single(p => p.IsPrimaryKey()));
        _columns = [.. properties.Where(p => !(p.IsPrimaryKey() && p.ValueGenerated == ValueGenerated.OnAdd)).Select(Of)];
        _token = properties.SingleOrDefault(p => p.IsConcurrencyToken) is { } token ? Of(token) : null;
        _columnNames = string.Join(", ", _columns.Select(c => c.Name));
        _returningId = db.ReturningId;
    }

    /// <summary>Made once for each model.</summary>
    public static RowStatements Of<TEntity>(CrmDbContext db) =>
        Made.GetOrCreateValue(db.Model).GetOrAdd(typeof(TEntity), static (type, db) => new RowStatements(db, type), db);

    /// <param name="db">Has a transaction.</param>
    /// <param name="unless">A unique property: a row whose value is there already is not written again.</param>
    /// <returns>The new row's id; null when the unique value is there already.</returns>
    /// <exception cref="DbException">A constraint does not hold, or the database cannot be written.</exception>
    public async Task<long?> InsertAsync(
        CrmDbContext db, object row, string? unless = null, CancellationToken cancellationToken = default)
    {
        var command = Command(db);
        var values = new StringBuilder();
        var known = "";
        foreach (var column in _columns)
        {
            var name = Add(command, column, column.Read(row));
            values.Append(values.Length == 0 ? "" : ", ").Append(name);
            if (column.Property == unless)
            {
                known = $"WHERE NOT EXISTS (SELECT 1 FROM {_table} WHERE {column.Name} = {name})";
            }
        }

        // The names are the model's own, never a user's words.
#pragma warning disable CA2100
        command.CommandText =
            $"INSERT INTO {_table} ({_columnNames}) {_returningId.BeforeValues} SELECT {values} {known} {_returningId.AtTheEnd}";
#pragma warning restore CA2100
        await using var kept = SqliteStatements.Kept(command);
        return (long?)await kept.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Writes what differs, if anything does.</summary>
    /// <param name="db">Has a transaction.</param>
    /// <param name="before">The row as it was read. What is the model's concurrency token must still stand in the database.</param>
    /// <exception cref="DbUpdateConcurrencyException">Somebody else changed the row in between, or removed it.</exception>
    /// <exception cref="DbException">A constraint does not hold, or the database cannot be written.</exception>
    public async Task UpdateAsync(CrmDbContext db, object before, object after, CancellationToken cancellationToken)
    {
        DbCommand? command = null;
        StringBuilder? text = null;
        foreach (var column in _columns)
        {
            var value = column.Read(after);
            if (Equals(column.Read(before), value))
            {
                continue;
            }

            text = text is null ? new StringBuilder($"UPDATE {_table} SET ") : text.Append(", ");
            text.Append(column.Name).Append(" = ").Append(Add(command ??= Command(db), column, value));
        }

        if (command is null)
        {
            return;
        }

        text!.Append($" WHERE {_key.Name} = ").Append(Add(command, _key, _key.Read(after)));
        if (_token is not null)
        {
            text.Append($" AND {_token.Name} = ").Append(Add(command, _token, _token.Read(before)));
        }

#pragma warning disable CA2100 // the names are the model's own
        command.CommandText = text.ToString();
#pragma warning restore CA2100
        await using var kept = SqliteStatements.Kept(command);
        if (await kept.ExecuteNonQueryAsync(cancellationToken) != 1)
        {
            throw new DbUpdateConcurrencyException($"A row of {_table} was changed by somebody else, or is there no more.");
        }
    }

    private static DbCommand Command(CrmDbContext db)
    {
        var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        return command;
    }

    private static string Add(DbCommand command, Column column, object? value)
    {
        var name = "@p" + command.Parameters.Count.ToString(CultureInfo.InvariantCulture);
        command.Parameters.Add(column.Mapping.CreateParameter(command, name, value, nullable: true));
        return name;
    }

    private sealed record Column(string Property, string Name, RelationalTypeMapping Mapping, Func<object, object?> Read);
}
