using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <summary>
    /// Two prefix indexes of the calls' search instead of four. FTS5 reads words that begin with n letters from an index of n or of n + 1
    /// (sqlite.org/fts5.html, section 4.2), so 2 and 4 serve one to four; every caller who arrives has fewer entries to write. The model
    /// does not change.
    /// </summary>
    [DbContext(typeof(SqliteCrmDbContext))]
    [Migration("20261125112500_LeanerCallSearch")]
    public sealed class LeanerCallSearch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => Make(migrationBuilder, "2 4");

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => Make(migrationBuilder, "1 2 3 4");

        // The triggers name the table and need not be made again.
        private static void Make(MigrationBuilder migrationBuilder, string prefixes)
        {
            migrationBuilder.Sql("DROP TABLE call_search;");
            migrationBuilder.Sql($"CREATE VIRTUAL TABLE call_search USING fts5(names, numbers, content='', contentless_delete=1, prefix='{prefixes}', tokenize=\"unicode61 remove_diacritics 2\");");
            migrationBuilder.Sql($"INSERT INTO call_search(rowid, names, numbers) {Search.CallRow("c", "FROM phone_calls c")};");
        }
    }
}
