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
        // Contentless: the words are in the rows already. FTS5 reads the words that begin with n letters as they come from a prefix index
        // of n; from one of n + 1, or from all words, it collects them first (sqlite.org/fts5.html, section 4.2; 43,000 of a million cost
        // 1 ms). A search for calls sorts what it finds anyway, and 2 and 4 are enough: every caller who arrives has fewer entries to
        // write. Numbers of contacts have an index of their own, so that each row is written into it once, with its contact or later.
        foreach (var (table, columns, prefixes) in (ReadOnlySpan<(string, string, string)>)
                 [
                     ("call_search", "names, numbers", "2 4"),
                     ("contact_search", "names, sort_name UNINDEXED", "2 3 4 5 6 7"),
                     ("contact_number_search", "numbers", "2 4"),
                 ])
        {
            migration.Sql($"""
                CREATE VIRTUAL TABLE {table} USING fts5(
                    {columns}, content='', contentless_delete=1, contentless_unindexed=1, prefix='{prefixes}',
                    tokenize="unicode61 remove_diacritics 2");
                """);
        }

        const string intoCalls = "INSERT OR REPLACE INTO call_search(rowid, names, numbers)";
        Trigger(migration, "phone_calls_search_insert", "AFTER INSERT ON phone_calls",
            $"INSERT INTO call_search(rowid, names, numbers) {CallRow("NEW")};");
        Trigger(migration, "phone_calls_search_update", "AFTER UPDATE OF contact_id, caller_name, from_number, to_number ON phone_calls",
            $"{intoCalls} {CallRow("NEW")};");
        Trigger(migration, "phone_calls_search_delete", "AFTER DELETE ON phone_calls",
            "DELETE FROM call_search WHERE rowid = OLD.id;");

        // A contact's row is counted by the name: with another name it is another row. What the list is sorted by stands beside the words.
        const string intoContacts = "INSERT INTO contact_search(rowid, names, sort_name)";
        var outOfContacts = $"DELETE FROM contact_search WHERE rowid = {Rank("OLD")};";
        Trigger(migration, "contacts_search_insert", "AFTER INSERT ON contacts", $"{intoContacts} {ContactRow};");
        Trigger(migration, "contacts_search_update",
            "AFTER UPDATE OF name, sort_name, company, email, more_emails, tags, fields, notes ON contacts",
            $"{outOfContacts} {intoContacts} {ContactRow};");
        Trigger(migration, "contacts_search_delete", "AFTER DELETE ON contacts", outOfContacts);
        // Their calls are found by the new name, too.
        Trigger(migration, "contacts_calls_search_update",
            "AFTER UPDATE OF name, company ON contacts WHEN OLD.name IS NOT NEW.name OR OLD.company IS NOT NEW.company",
            $"{intoCalls} {CallRow("c")} FROM phone_calls c WHERE c.contact_id = NEW.id;");

        const string intoNumbers = "INSERT OR REPLACE INTO contact_number_search(rowid, numbers)";
        Trigger(migration, "contact_numbers_search_insert", "AFTER INSERT ON contact_numbers",
            $"INSERT INTO contact_number_search(rowid, numbers) {NumberRow};");
        Trigger(migration, "contact_numbers_search_update", "AFTER UPDATE OF number ON contact_numbers", $"{intoNumbers} {NumberRow};");
        Trigger(migration, "contact_numbers_search_delete", "AFTER DELETE ON contact_numbers",
            "DELETE FROM contact_number_search WHERE rowid = OLD.id;");
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

    private static string ContactRow =>
        $"""
        SELECT {Rank("k")}, k.name || ' ' || coalesce(k.company, '') || ' ' || coalesce(k.email, '') || ' ' || {Values("k.more_emails")}
                || ' ' || {Values("k.tags")} || ' ' || {Values("k.fields")} || ' ' || coalesce(k.notes, ''),
            k.sort_name
        FROM contacts k WHERE k.id = NEW.id
        """;

    private static string NumberRow => $"SELECT n.id, {Tokens("n.number")} FROM contact_numbers n WHERE n.id = NEW.id";

    private static string Rank(string contact) => $"({NameRank.InSqlite($"{contact}.sort_name")} | {contact}.id)";

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
