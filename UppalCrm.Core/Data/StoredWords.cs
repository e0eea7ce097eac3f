using System.Collections.Frozen;

namespace UppalCrm.Core.Data;

/// <summary>The words under which the values of an enum are stored. Rows outlive names in code, so a word never changes.</summary>
internal sealed class StoredWords<T>(params (T Value, string Word)[] table)
    where T : struct, Enum
{
    private readonly FrozenDictionary<T, string> _words = table.ToFrozenDictionary(row => row.Value, row => row.Word);
    private readonly FrozenDictionary<string, T> _values = table.ToFrozenDictionary(
        row => row.Word, row => row.Value, StringComparer.Ordinal);

    public string WordOf(T value) => _words[value];

    /// <returns>The default value of the enum for a word that this version of the program does not know.</returns>
    public T Parse(string word) => _values.GetValueOrDefault(word);
}
