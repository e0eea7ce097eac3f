using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace UppalCrm.Core.Data;

/// <summary>The words under which the values of an enum are stored. Rows outlive names in code, so a word never changes.</summary>
internal sealed class StoredWords<T>(params (T Value, string Word)[] table)
    where T : struct, Enum
{
    private readonly FrozenDictionary<T, string> _words = table.ToFrozenDictionary(row => row.Value, row => row.Word);
    private readonly FrozenDictionary<string, T> _values = table.ToFrozenDictionary(row => row.Word, row => row.Value, StringComparer.Ordinal);

    public string WordOf(T value) => _words[value];

    /// <returns>The default value of the enum for a word that this version of the program does not know.</returns>
    public T Parse(string word) => _values.GetValueOrDefault(word);
}

internal sealed class CallEventKindConverter() : ValueConverter<CallEventKind, string>(kind => kind.ToWord(), word => CallEventKinds.Parse(word));

internal sealed class AuditActionConverter() : ValueConverter<AuditAction, string>(action => action.ToWord(), word => AuditActions.Parse(word));
