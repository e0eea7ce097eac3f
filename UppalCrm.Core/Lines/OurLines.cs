using System.Collections.Frozen;

namespace UppalCrm.Core.Lines;

/// <summary>The numbers that are ours: customers call them. No contact owns one, and none is dialled from here.</summary>
public sealed class OurLines
{
    private volatile FrozenSet<string> _numbers = FrozenSet<string>.Empty;

    /// <summary>E.164. Set from the telephony settings at start.</summary>
    public IEnumerable<string> Numbers
    {
        get => _numbers;
        set => _numbers = value.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <param name="number">E.164; anything else is no line of ours.</param>
    public bool Contains(string? number) => number is not null && _numbers.Contains(number);
}
