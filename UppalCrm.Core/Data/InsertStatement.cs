using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace UppalCrm.Core.Data;

/// <summary>
/// An INSERT of one kind of row, prepared once and made from EF's own model, so that a column added by a migration is not forgotten here.
/// For the few rows of which many are written; everything else goes through EF.
/// </summary>
internal sealed class InsertStatement : IDisposable
{
    private const int LongestSizedText = 4000; // nvarchar(n); longer text is nvarchar(max)

    private readonly DbCommand _command;
    private readonly (DbParameter Parameter, Func<object, object?> Read)[] _columns;

    /// <param name="db">Lends its open connection and its model.</param>
    /// <param name="unless">A unique property: a row whose value is there already is not written again.</param>
    public InsertStatement(CrmDbContext db, Type entity, string? unless = null)
    {
        var type = db.Model.FindEntityType(entity)!;
        var sql = db.GetService<ISqlGenerationHelper>();
        _command = db.Database.GetDbConnection().CreateCommand();
        var properties = type.GetProperties()
            .Where(p => p.PropertyInfo is not null && !(p.IsPrimaryKey() && p.ValueGenerated == ValueGenerated.OnAdd)).ToArray();
        _columns = [.. properties.Select((property, i) => (AddParameter(property, $"@p{i}"), ReaderOf(property)))];
        var table = sql.DelimitIdentifier(type.GetTableName()!);
        var columns = string.Join(", ", properties.Select(p => sql.DelimitIdentifier(p.GetColumnName())));
        var values = string.Join(", ", _columns.Select(c => c.Parameter.ParameterName));
        var known = "";
        if (unless is not null)
        {
            var unique = Array.FindIndex(properties, p => p.Name == unless);
            known =
                $"WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {sql.DelimitIdentifier(properties[unique].GetColumnName())} = @p{unique})";
        }

        var (beforeValues, atTheEnd) = db.ReturningId;
        // The names are the model's own, never a user's words.
#pragma warning disable CA2100
        _command.CommandText = $"INSERT INTO {table} ({columns}) {beforeValues} SELECT {values} {known} {atTheEnd}";
#pragma warning restore CA2100
    }

    /// <returns>The new row's id; null when the unique value is there already.</returns>
    /// <exception cref="DbException">A constraint does not hold, or the database cannot be written.</exception>
    public async Task<long?> ExecuteAsync(object row, DbTransaction transaction, CancellationToken cancellationToken)
    {
        _command.Transaction = transaction;
        foreach (var (parameter, read) in _columns)
        {
            parameter.Value = read(row) ?? DBNull.Value;
        }

        return (long?)await _command.ExecuteScalarAsync(cancellationToken);
    }

    public void Dispose() => _command.Dispose();

    private DbParameter AddParameter(IProperty property, string name)
    {
        var mapping = property.GetRelationalTypeMapping();
        var parameter = mapping.CreateParameter(_command, name, null, nullable: true);
        if (mapping.StoreTypeNameBase is "nvarchar" && (property.GetMaxLength() ?? int.MaxValue) > LongestSizedText)
        {
            parameter.Size = -1; // else the client cuts a longer text without a word
        }

        _command.Parameters.Add(parameter);
        return parameter;
    }

    private static Func<object, object?> ReaderOf(IProperty property)
    {
        var getter = property.GetGetter();
        return property.GetTypeMapping().Converter is not { } converter
            ? getter.GetClrValue
            : row => getter.GetClrValue(row) is { } value ? converter.ConvertToProvider(value) : null;
    }
}
