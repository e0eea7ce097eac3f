using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <summary>
    /// Full-text search of calls and contacts (FTS5, kept by triggers). A migration that rebuilds <c>phone_calls</c>, <c>contacts</c> or
    /// <c>contact_numbers</c> drops their triggers with the old table: it must make them again (the search tests would fail).
    /// </summary>
    public partial class Search : Migration
    {
        // A number is found by any beginning of: itself, itself without its calling code (of 1 to 3 digits), its last seven, its last four.
        // The digits alone: '+' would not be part of a token.
        private const string NumberTokens =
            "substr({0}, 2) || ' ' || substr({0}, 3) || ' ' || substr({0}, 4) || ' ' || substr({0}, 5) || ' ' || substr({0}, -7) || ' ' || substr({0}, -4)";

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Contentless: the words are in the rows already. Prefix indexes: a search begins with the first letters.
            migrationBuilder.Sql("CREATE VIRTUAL TABLE call_search USING fts5(names, numbers, content='', contentless_delete=1, prefix='1 2 3 4', tokenize=\"unicode61 remove_diacritics 2\");");
            // A list of people is read from A to Z, not from A to Z and then from a to z.
            migrationBuilder.Sql("CREATE INDEX IX_contacts_name_any_case ON contacts (name COLLATE NOCASE, id);");
            migrationBuilder.Sql("CREATE VIRTUAL TABLE contact_search USING fts5(names, numbers, content='', contentless_delete=1, prefix='1 2 3 4', tokenize=\"unicode61 remove_diacritics 2\");");

            migrationBuilder.Sql($"CREATE TRIGGER phone_calls_search_insert AFTER INSERT ON phone_calls BEGIN INSERT INTO call_search(rowid, names, numbers) {CallRow("NEW")}; END;");
            migrationBuilder.Sql($"CREATE TRIGGER phone_calls_search_update AFTER UPDATE OF contact_id, caller_name, from_number, to_number ON phone_calls BEGIN INSERT OR REPLACE INTO call_search(rowid, names, numbers) {CallRow("NEW")}; END;");
            migrationBuilder.Sql("CREATE TRIGGER phone_calls_search_delete AFTER DELETE ON phone_calls BEGIN DELETE FROM call_search WHERE rowid = OLD.id; END;");

            migrationBuilder.Sql($"CREATE TRIGGER contacts_search_insert AFTER INSERT ON contacts BEGIN INSERT INTO contact_search(rowid, names, numbers) {ContactRow("NEW.id")}; END;");
            migrationBuilder.Sql($"CREATE TRIGGER contacts_search_update AFTER UPDATE OF name, company, email ON contacts BEGIN INSERT OR REPLACE INTO contact_search(rowid, names, numbers) {ContactRow("NEW.id")}; END;");
            migrationBuilder.Sql("CREATE TRIGGER contacts_search_delete AFTER DELETE ON contacts BEGIN DELETE FROM contact_search WHERE rowid = OLD.id; END;");
            // Their calls are found by the new name, too.
            migrationBuilder.Sql($"CREATE TRIGGER contacts_calls_search_update AFTER UPDATE OF name, company ON contacts WHEN OLD.name IS NOT NEW.name OR OLD.company IS NOT NEW.company BEGIN INSERT OR REPLACE INTO call_search(rowid, names, numbers) {CallRow("c", "FROM phone_calls c WHERE c.contact_id = NEW.id")}; END;");

            migrationBuilder.Sql($"CREATE TRIGGER contact_numbers_search_insert AFTER INSERT ON contact_numbers BEGIN INSERT OR REPLACE INTO contact_search(rowid, names, numbers) {ContactRow("NEW.contact_id")}; END;");
            migrationBuilder.Sql($"CREATE TRIGGER contact_numbers_search_update AFTER UPDATE OF number, contact_id ON contact_numbers BEGIN INSERT OR REPLACE INTO contact_search(rowid, names, numbers) {ContactRow("NEW.contact_id")}; INSERT OR REPLACE INTO contact_search(rowid, names, numbers) {ContactRow("OLD.contact_id")}; END;");
            migrationBuilder.Sql($"CREATE TRIGGER contact_numbers_search_delete AFTER DELETE ON contact_numbers BEGIN INSERT OR REPLACE INTO contact_search(rowid, names, numbers) {ContactRow("OLD.contact_id")}; END;");

            // What was there before the indexes.
            migrationBuilder.Sql($"INSERT INTO call_search(rowid, names, numbers) {CallRow("c", "FROM phone_calls c")};");
            migrationBuilder.Sql($"INSERT INTO contact_search(rowid, names, numbers) {ContactRow("k.id", "contacts k WHERE 1 = 1")};");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            foreach (var trigger in (string[])
                     [
                         "phone_calls_search_insert", "phone_calls_search_update", "phone_calls_search_delete", "contacts_search_insert", "contacts_search_update",
                         "contacts_search_delete", "contacts_calls_search_update", "contact_numbers_search_insert", "contact_numbers_search_update", "contact_numbers_search_delete",
                     ])
            {
                migrationBuilder.Sql($"DROP TRIGGER IF EXISTS {trigger};");
            }

            migrationBuilder.Sql("DROP TABLE call_search;");
            migrationBuilder.Sql("DROP TABLE contact_search;");
            migrationBuilder.Sql("DROP INDEX IX_contacts_name_any_case;");
        }

        internal static string CallRow(string call, string from = "") =>
            $"SELECT {call}.id, coalesce((SELECT name || ' ' || coalesce(company, '') FROM contacts WHERE contacts.id = {call}.contact_id), '') || ' ' || coalesce({call}.caller_name, ''), "
            + $"CASE {call}.direction WHEN 'Inbound' THEN {Tokens(call + ".from_number")} ELSE {Tokens(call + ".to_number")} END {from}";

        private static string ContactRow(string id, string from = "contacts k WHERE k.id = {0}") =>
            $"SELECT k.id, k.name || ' ' || coalesce(k.company, '') || ' ' || coalesce(k.email, ''), "
            + $"coalesce((SELECT group_concat({Tokens("n.number")}, ' ') FROM contact_numbers n WHERE n.contact_id = k.id), '') FROM {string.Format(from, id)}";

        private static string Tokens(string number) =>
            $"CASE substr({number}, 1, 1) WHEN '+' THEN {string.Format(NumberTokens, number)} ELSE {number} END";
    }
}
