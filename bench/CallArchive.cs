using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace UppalCrm.Bench;

/// <summary>
/// A history of any size, made in one statement a table and always the same: 500 agents, contacts, three years of calls, of which a tenth
/// were missed and half of the rest recorded. The app must not run while it is made.
/// </summary>
internal static class CallArchive
{
    public const int Agents = 500;

    private static readonly long Start = new DateTimeOffset(2023, 1, 2, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>
    /// Adds so many ended calls. Indexes and triggers are taken away and made again from their own text, which is many times faster.
    /// </summary>
    /// <returns>How long it took.</returns>
    /// <param name="people">How many contacts; null for as many as so many calls have.</param>
    public static TimeSpan Fill(string database, int calls, int? people = null)
    {
        var started = Stopwatch.GetTimestamp();
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-400000; PRAGMA "
            + "temp_store=MEMORY; PRAGMA threads=2;");
        var stored = Convert.ToInt64(Ask("SELECT COALESCE(MAX(id), 0) FROM phone_calls").Single()[0]);
        var dropped =
            Ask("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('index', 'trigger') AND tbl_name IN "
                + "('phone_calls', 'contacts', 'contact_numbers', 'call_events')")
            .Select(row => (Type: (string)row[0], Name: (string)row[1], Sql: (string)row[2])).ToList();
        var contactsBefore = Convert.ToInt64(Ask("SELECT COALESCE(MAX(id), 0) FROM contacts").Single()[0]);
        var contacts = people ?? Math.Max(10, calls / 20);
        using (var transaction = connection.BeginTransaction())
        {
            foreach (var (type, name, _) in dropped)
            {
                Execute($"DROP {type} \"{name}\"");
            }

            Execute(AgentRows);
            Execute(ContactRows(contactsBefore, contacts));
            Execute(CallRows(stored, calls, contactsBefore, contacts));
            Execute(EventRows(stored));
            foreach (var (_, _, sql) in dropped.Where(d => d.Type == "index"))
            {
                Execute(sql);
            }

            // As the triggers would have done it, by their own text.
            Execute($"{Body("phone_calls_search_insert")} FROM phone_calls NEW WHERE NEW.id > {stored}");
            // FTS5 writes fast what comes in the order of its rows.
            Execute(Body("contacts_search_insert")
                .Replace("k.id = NEW.id", $"k.id > {contactsBefore} ORDER BY 1", StringComparison.Ordinal));
            Execute(Body("contact_numbers_search_insert")
                .Replace("n.id = NEW.id", $"n.contact_id > {contactsBefore} ORDER BY 1", StringComparison.Ordinal));
            foreach (var (_, _, sql) in dropped.Where(d => d.Type == "trigger"))
            {
                Execute(sql);
            }

            transaction.Commit();
        }

        Execute("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);");
        return Stopwatch.GetElapsedTime(started);

        string Body(string trigger)
        {
            var sql = dropped.Single(d => d.Name == trigger).Sql;
            var begin = sql.IndexOf(" BEGIN ", StringComparison.Ordinal) + " BEGIN ".Length;
            return sql[begin..sql.LastIndexOf("; END", StringComparison.Ordinal)];
        }

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 300;
            command.ExecuteNonQuery();
        }

        List<object[]> Ask(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<object[]>();
            while (reader.Read())
            {
                var row = new object[reader.FieldCount];
                reader.GetValues(row);
                rows.Add(row);
            }

            return rows;
        }
    }

    private const string AgentRows = $"""
        INSERT INTO agents (user_name, normalized_user_name, display_name, status, status_since, email_confirmed, phone_number_confirmed, two_factor_enabled, lockout_enabled, access_failed_count)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 499)
        SELECT 'archive' || i, 'ARCHIVE' || i, 'Archive ' || i, 'Offline', 0, 0, 0, 0, 0, 0 FROM n
        WHERE NOT EXISTS (SELECT 1 FROM agents WHERE user_name = 'archive' || i)
        """;

    private static string ContactRows(long after, int count) => $"""
        INSERT INTO contacts (id, name, sort_name, company, more_emails, tags, fields, created_at, updated_at, version)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}),
        person(i, name) AS (SELECT i,
            json_extract('["Maya","Noah","Ines","Omar","Freya","Jonas","Aiko","Lukas","Priya","Mateo","Elena","Samir","Greta","Tomas","Nadia","Hugo","Leila","Oscar","Sofia","Arjun"]', '$[' || (i % 20) || ']')
            || ' ' || json_extract('["Okafor","Lindqvist","Moreau","Tanaka","Novak","Silva","Brandt","Haddad","Costa","Weber","Rossi","Kowalski","Nguyen","Petrov","Walsh","Jansen","Dubois","Ferrari","Schmidt","Larsen","Murphy","Ortega","Kaya"]', '$[' || (i / 20 % 23) || ']')
            || CASE WHEN i % 1000 = 999 THEN '-Featherstonehaugh' ELSE '' END
            FROM n)
        SELECT {after} + 1 + i, name, lower(name), CASE WHEN i % 3 = 0 THEN 'Company ' || (i / 9) END, '[]', '[]', json_object(), {Start}, {Start}, 1 FROM person;
        INSERT INTO contact_numbers (contact_id, number) SELECT id, {NumberOf($"(id - {after + 1})")} FROM contacts WHERE id > {after};
        """;

    /// <summary>Half of the calls are of contacts, half of strangers.</summary>
    private static string CallRows(long after, int count, long contactsBefore, int contacts) => $"""
        INSERT INTO phone_calls (id, direction, from_number, to_number, caller_name, contact_id, agent_id, conference_name, conference_sid, twilio_call_sid, status, outcome, ended_by,
            created_at, offered_at, claimed_at, answered_at, ended_at, conference_ended_at, duration_seconds, recording_sid, recording_url, recording_duration_seconds, notes, disposition, followed_up_at, version, agent_holds)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}),
            person(i, who, inbound, at) AS (SELECT i, i * 7919 % {2 * contacts}, i % 4 <> 1, {Start} + i * {TimeSpan.FromDays(3 * 365).Ticks / count} FROM n),
            call(i, who, inbound, at, outcome) AS (SELECT i, who, inbound, at, CASE
                WHEN inbound AND i % 10 = 0 THEN CASE i / 10 % 3 WHEN 0 THEN 'Abandoned' WHEN 1 THEN 'Missed' ELSE 'Voicemail' END
                WHEN NOT inbound AND i % 10 = 3 THEN 'NoAnswer' WHEN NOT inbound AND i % 10 = 7 THEN 'Busy' ELSE 'Answered' END FROM person)
        SELECT {after} + 1 + i, CASE WHEN inbound THEN 'Inbound' ELSE 'Outbound' END,
            CASE WHEN inbound THEN {NumberOf("who")} ELSE '+14155550100' END, CASE WHEN inbound THEN '+14155550100' ELSE {NumberOf("who")} END,
            CASE WHEN who >= {contacts} AND i % 2 = 0 THEN 'WIRELESS CALLER' END, CASE WHEN who < {contacts} THEN {contactsBefore + 1} + who END,
            CASE WHEN NOT inbound OR outcome = 'Answered' THEN (SELECT MIN(id) FROM agents WHERE user_name LIKE 'archive%') + i * 31 % {Agents} END,
            'archive-' || ({after} + 1 + i), 'CF' || printf('%032x', {after} + 1 + i), 'CA' || 'a' || printf('%031x', {after} + 1 + i), 'Ended', outcome, CASE i % 3 WHEN 0 THEN 'Agent' ELSE 'Customer' END,
            at, at, CASE WHEN outcome = 'Answered' THEN at + 60000000 END, CASE WHEN outcome = 'Answered' THEN at + 80000000 END,
            at + 80000000 + {Seconds} * 10000000, at + 80000000 + {Seconds} * 10000000, CASE WHEN outcome = 'Answered' THEN {Seconds} END,
            CASE WHEN outcome = 'Answered' AND i / 4 % 2 = 0 THEN 'RE' || printf('%032x', i) END, CASE WHEN outcome = 'Answered' AND i / 4 % 2 = 0 THEN 'http://localhost/RE' || i END,
            CASE WHEN outcome = 'Answered' AND i / 4 % 2 = 0 THEN {Seconds} END, CASE WHEN i % 5 = 0 THEN 'Asked about the invoice.' END, CASE WHEN outcome = 'Answered' THEN 'Resolved' END,
            CASE WHEN inbound AND outcome <> 'Answered' AND i < {count - 500} THEN at + 36000000000 END, 4, 0 FROM call
        """;

    private static string EventRows(long after) => $"""
        INSERT INTO call_events (call_id, key, kind, source, at, received_at, leg_sid)
        SELECT id, 'archive:' || id, 'arrived', 'Carrier', created_at, created_at, twilio_call_sid FROM phone_calls WHERE id > {after}
        """;

    private const string Seconds = "(20 + i * 37 % 600)";

    /// <summary>A number of the North American plan for each person; no two have the same one.</summary>
    private static string NumberOf(string who) =>
        $"'+1' || (201 + {who} / 100000) || printf('%07d', 2000000 + {who} % 100000 * 71 % 7999999)";
}
