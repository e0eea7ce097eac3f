using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace UppalCrm.Core.Data;

/// <summary>
/// An INSERT of one kind of row, prepared once and made from EF's own model, so that a column added by a migration is not forgotten here.
/// For the few rows of which many are written; everything else goes through EF.
/// </summary>
internal sealed class PreparedInsert : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly (SqliteParameter Parameter, Func<object, object?> Read)[] _columns;

    /// <param name="unless">A unique property: a row whose value is there already is not written again.</param>
    public PreparedInsert(IEntityType type, SqliteConnection connection, string? unless = null)
    {
        var properties = type.GetProperties().Where(p => p.PropertyInfo is not null && !(p.IsPrimaryKey() && p.ValueGenerated == ValueGenerated.OnAdd)).ToArray();
        _command = connection.CreateCommand();
        _columns = [.. properties.Select((property, i) => (_command.Parameters.Add(new SqliteParameter { ParameterName = $"$p{i}" }), ReaderOf(property)))];
        var known = unless is null ? "" : Known(type.FindProperty(unless)!);
        // The names are the model's own, never a user's words.
#pragma warning disable CA2100
        _command.CommandText = $"""
            INSERT INTO "{type.GetTableName()}" ({string.Join(", ", properties.Select(p => $"\"{p.GetColumnName()}\""))})
            VALUES ({string.Join(", ", _columns.Select(c => c.Parameter.ParameterName))}) {known} RETURNING "id"
            """;
#pragma warning restore CA2100
        _command.Prepare();
    }

    /// <returns>The new row's id; null when the unique value is there already.</returns>
    /// <exception cref="SqliteException">A constraint does not hold: error 19.</exception>
    public long? Execute(object row, SqliteTransaction transaction)
    {
        _command.Transaction = transaction;
        foreach (var (parameter, read) in _columns)
        {
            parameter.Value = read(row) ?? DBNull.Value;
        }

        return (long?)_command.ExecuteScalar();
    }

    public void Dispose() => _command.Dispose();

    private static Func<object, object?> ReaderOf(IProperty property)
    {
        var getter = property.GetGetter();
        return property.GetTypeMapping().Converter is not { } converter
            ? getter.GetClrValue
            : row => getter.GetClrValue(row) is { } value ? converter.ConvertToProvider(value) : null;
    }

    private static string Known(IProperty unique)
    {
        var index = unique.GetContainingIndexes().Single(i => i.IsUnique && i.Properties.Count == 1);
        var filter = index.GetFilter();
        return $"ON CONFLICT (\"{unique.GetColumnName()}\"){(filter is null ? "" : $" WHERE {filter}")} DO NOTHING";
    }
}
