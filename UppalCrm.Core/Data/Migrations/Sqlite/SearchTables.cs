using Microsoft.EntityFrameworkCore.Migrations;

namespace UppalCrm.Core.Data.Migrations.Sqlite;

/// <summary>
/// Full-text search of calls and contacts (FTS5, kept by triggers), which EF's model does not know. A migration that rebuilds
/// <c>phone_calls</c>, <c>contacts</c> or <c>contact_numbers</c> drops their triggers with the old table: it must make them again (the
/// search tests would fail).
/// </summary>
internal static class SearchTables
{
    public static void Create(MigrationBuilder migration)
    {
        // Contentless: the words are in the rows already. FTS5 reads words that begin with n letters from a prefix index of n or of n + 1
        // (sqlite.org/fts5.html, section 4.2): 2 and 4 serve one to four letters, and every caller who arrives has fewer entries to write.
        migration.Sql("""
            CREATE VIRTUAL TABLE call_search USING fts5(
                names, numbers, content='', contentless_delete=1, prefix='2 4', tokenize="unicode61 remove_diacritics 2");
            """);
        migration.Sql("""
            CREATE VIRTUAL TABLE contact_search USING fts5(
                names, numbers, content='', contentless_delete=1, prefix='1 2 3 4', tokenize="unicode61 remove_diacritics 2");
            """);
        const string intoCalls = "INSERT OR REPLACE INTO call_search(rowid, names, numbers)";
        Trigger(migration, "phone_calls_search_insert", "AFTER INSERT ON phone_calls",
            $"INSERT INTO call_search(rowid, names, numbers) {CallRow("NEW")};");
        Trigger(migration, "phone_calls_search_update", "AFTER UPDATE OF contact_id, caller_name, from_number, to_number ON phone_calls",
            $"{intoCalls} {CallRow("NEW")};");
        Trigger(migration, "phone_calls_search_delete", "AFTER DELETE ON phone_calls",
            "DELETE FROM call_search WHERE rowid = OLD.id;");

        const string intoContacts = "INSERT OR REPLACE INTO contact_search(rowid, names, numbers)";
        Trigger(migration, "contacts_search_insert", "AFTER INSERT ON contacts",
            $"INSERT INTO contact_search(rowid, names, numbers) {ContactRow("NEW.id")};");
        Trigger(migration, "contacts_search_update", "AFTER UPDATE OF name, company, email, more_emails, tags, fields, notes ON contacts",
            $"{intoContacts} {ContactRow("NEW.id")};");
        Trigger(migration, "contacts_search_delete", "AFTER DELETE ON contacts",
            "DELETE FROM contact_search WHERE rowid = OLD.id;");
        // Their calls are found by the new name, too.
        Trigger(migration, "contacts_calls_search_update",
            "AFTER UPDATE OF name, company ON contacts WHEN OLD.name IS NOT NEW.name OR OLD.company IS NOT NEW.company",
            $"{intoCalls} {CallRow("c")} FROM phone_calls c WHERE c.contact_id = NEW.id;");

        Trigger(migration, "contact_numbers_search_insert", "AFTER INSERT ON contact_numbers",
            $"{intoContacts} {ContactRow("NEW.contact_id")};");
        Trigger(migration, "contact_numbers_search_update", "AFTER UPDATE OF number, contact_id ON contact_numbers",
            $"{intoContacts} {ContactRow("NEW.contact_id")}; {intoContacts} {ContactRow("OLD.contact_id")};");
        Trigger(migration, "contact_numbers_search_delete", "AFTER DELETE ON contact_numbers",
            $"{intoContacts} {ContactRow("OLD.contact_id")};");
    }

    private static void Trigger(MigrationBuilder migration, string name, string when, string what) =>
        migration.Sql($"CREATE TRIGGER {name} {when} BEGIN {what} END;");

    private static string CallRow(string call) =>
        $"""
        SELECT {call}.id,
            coalesce((SELECT name || ' ' || coalesce(company, '') FROM contacts WHERE contacts.id = {call}.contact_id), '')
                || ' ' || coalesce({call}.caller_name, ''),
            CASE {call}.direction WHEN 'Inbound' THEN {Tokens($"{call}.from_number")} ELSE {Tokens($"{call}.to_number")} END
        """;

    private static string ContactRow(string id) =>
        $"""
        SELECT k.id, k.name || ' ' || coalesce(k.company, '') || ' ' || coalesce(k.email, '') || ' ' || {Values("k.more_emails")}
                || ' ' || {Values("k.tags")} || ' ' || {Values("k.fields")} || ' ' || coalesce(k.notes, ''),
            coalesce((SELECT group_concat({Tokens("n.number")}, ' ') FROM contact_numbers n WHERE n.contact_id = k.id), '')
        FROM contacts k WHERE k.id = {id}
        """;

    private static string Values(string json) => $"coalesce((SELECT group_concat(value, ' ') FROM json_each({json})), '')";

    // A number is found by any beginning of: itself, itself without its calling code (of 1 to 3 digits), its last eight, seven, six and
    // four (what people dial in the same town, and what they remember).
    // The digits alone: '+' would not be part of a token.
    private static string Tokens(string number) =>
        $"""
        CASE substr({number}, 1, 1) WHEN '+' THEN
            substr({number}, 2) || ' ' || substr({number}, 3) || ' ' || substr({number}, 4) || ' ' || substr({number}, 5)
                || ' ' || substr({number}, -8) || ' ' || substr({number}, -7) || ' ' || substr({number}, -6) || ' ' || substr({number}, -4)
        ELSE {number} END
        """;
}
