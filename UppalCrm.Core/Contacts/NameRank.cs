namespace UppalCrm.Core.Contacts;

/// <summary>
/// How far down the alphabet a name stands, as a number made of the first letters of its <see cref="NameOrder"/> key, with the contact's
/// id behind them. SQLite's search index counts its rows by it, so that of a name that thousands have it gives the first ones first.
/// Names of one rank are sorted by their whole key.
/// </summary>
/// <remarks>The ranks are stored: another way of counting needs a migration that fills the index again.</remarks>
internal static class NameRank
{
    /// <summary>What an id takes of the number: 28 bits, for 268 million contacts.</summary>
    public const long Ids = (1L << IdBits) - 1;

    private const int IdBits = 28;
    private const int LetterBits = 5;
    private const int Letters = 7;

    /// <summary>The rank of a key, before any id.</summary>
    public static long Of(string key)
    {
        var rank = 0L;
        for (var i = 0; i < Letters && i < key.Length; i++)
        {
            var letter = key[i] switch { ' ' => 1L, < 'a' => 2, <= 'z' => key[i] - 'a' + 3, _ => 29 };
            rank |= letter << ShiftOf(i);
            if (letter is 2 or 29)
            {
                break; // many characters are one here: what follows says nothing of their order
            }
        }

        return rank;
    }

    /// <summary>The same as an expression of SQLite over a column with the key.</summary>
    public static string InSqlite(string key) => string.Join(" | ", Enumerable.Range(0, Letters).Select(i =>
    {
        var letter = $"unicode(substr({key}, {i + 1}, 1))";
        var before = i == 0 ? "" : $" OR substr({key}, 1, {i}) GLOB '*[^a-z ]*'";
        return $"((CASE WHEN length({key}) <= {i}{before} THEN 0 WHEN {letter} = 32 THEN 1 WHEN {letter} < 97 THEN 2 "
            + $"WHEN {letter} <= 122 THEN {letter} - 94 ELSE 29 END) << {ShiftOf(i)})";
    }));

    private static int ShiftOf(int letter) => IdBits + LetterBits * (Letters - 1 - letter);
}
