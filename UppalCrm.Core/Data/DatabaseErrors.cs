using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Data;

/// <summary>What the two databases mean by their error numbers.</summary>
internal static class DatabaseErrors
{
    /// <summary>A unique value is there already.</summary>
    public static bool IsDuplicate(DbUpdateException ex) => ex.InnerException is DbException inner && IsDuplicate(inner);

    /// <summary>The same, whoever wrote the row.</summary>
    public static bool IsDuplicate(Exception ex) => ex switch
    {
        DbUpdateException update => IsDuplicate(update),
        DbException database => IsDuplicate(database),
        _ => false,
    };

    /// <inheritdoc cref="IsDuplicate(DbUpdateException)"/>
    public static bool IsDuplicate(DbException ex) => ex switch
    {
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode is 2067 or 1555, // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
        SqlException sql => sql.Number is 2601 or 2627, // unique index, unique constraint
        _ => false,
    };

    /// <summary>The database refuses this row whatever the others are: a constraint, or a value that does not fit.</summary>
    public static bool IsRefusedRow(DbException ex) => ex switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == 19, // SQLITE_CONSTRAINT
        SqlException sql => sql.Number is 2601 or 2627 or 547 or 515 or 2628 or 8152, // unique, foreign key or check, NOT NULL, too long
        _ => false,
    };
}
