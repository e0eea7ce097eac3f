using System.Globalization;
using Library = PhoneNumbers.PhoneNumberUtil;
using LibraryFormat = PhoneNumbers.PhoneNumberFormat;
using LibraryNumber = PhoneNumbers.PhoneNumber;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>The plans of the countries: libphonenumber's, with what it does not know.</summary>
internal static class NumberPlans
{
    public static readonly Library Plans = Library.GetInstance();

    /// <summary>
    /// Numbers set aside for fiction (Ofcom, Arcep, ComReg) that the library calls invalid. Products are shown and tested with them. A
    /// beginning, and how many digits the whole has.
    /// </summary>
    private static readonly (string Beginning, int Digits)[] SetAsideForFiction =
        [("441632960", 12), ("441154960", 12), ("447700900", 12), ("3363998", 11), ("3532091", 12)];

    public static LibraryNumber? Understand(string text, string? region = null)
    {
        try
        {
            return GivenUpNumbers.Modern(Plans, Plans.Parse(text, region), region is null || text.TrimStart('(', ' ').StartsWith('+'));
        }
        catch (global::PhoneNumbers.NumberParseException)
        {
            return null;
        }
    }

    /// <summary>Whether a country has given the number out, or set it aside for fiction.</summary>
    public static bool IsGivenOut(LibraryNumber number) => Plans.IsValidNumber(number) || IsFiction(Write(number));

    private static bool IsFiction(string e164) => Array.Exists(SetAsideForFiction, f => e164.Length == f.Digits + 1 && e164.AsSpan(1)
        .StartsWith(f.Beginning, StringComparison.Ordinal));

    public static string Write(LibraryNumber number) => Plans.Format(number, LibraryFormat.E164);

    /// <summary>The calling code with which digits begin: none, or one. Codes are prefix-free, of one to three digits.</summary>
    public static IEnumerable<string> CodesOf(string digits) => Enumerable.Range(1, Math.Max(0, Math.Min(3, digits.Length - 1)))
        .Select(length => digits[..length])
        .Where(code => Plans.GetRegionCodeForCountryCode(int.Parse(code, CultureInfo.InvariantCulture)) != "ZZ");
}
