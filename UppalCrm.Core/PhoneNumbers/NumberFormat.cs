using Microsoft.Extensions.Options;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>
/// Numbers as people write them: at home in the national form, others in the international one. What the carrier says when there is no
/// number is put into words.
/// </summary>
public sealed class NumberFormat(NumberingPlan plan, IOptionsMonitor<DialOptions> options)
{
    /// <summary>
    /// What the carrier puts in the place of a number that was withheld or is unknown: words, or digits that spell them on a keypad
    /// (Twilio's documentation of caller ID: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE).
    /// </summary>
    private static readonly HashSet<string> Withheld = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "anonymous", "restricted", "blocked", "unknown", "unavailable", "private",
        "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253",
    };

    /// <summary>E.g. <c>(202) 555-0111</c> at home, <c>+44 20 7946 0958</c> abroad, <c>Number withheld</c>; anything else unchanged.</summary>
    public string Show(string? number)
    {
        if (number is null || Withheld.Contains(number))
        {
            return "Number withheld";
        }

        return PhoneNumber.TryParse(number, out var e164) ? plan.Format(e164, options.CurrentValue.HomeCountry) : number;
    }

    /// <summary>Whether there is a number that could be called back.</summary>
    public static bool CanCallBack(string? number) => number is not null && !Withheld.Contains(number) && PhoneNumber.TryParse(number, out _);
}
