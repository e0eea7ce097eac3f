namespace UppalCrm.Core.People;

/// <summary>The name of somebody who has an account, as colleagues see it.</summary>
public static class PersonName
{
    public const int Longest = 80;

    public const string Words = "Write a name of 80 letters at most.";

    /// <returns>The name as it is kept; null when this is none.</returns>
    public static string? Of(string? typed) =>
        typed?.Trim() is { Length: > 0 and <= Longest } name && !name.Any(char.IsControl) && KeptText.OneLine(name) is { Length: > 0 } kept
            ? kept : null;
}
