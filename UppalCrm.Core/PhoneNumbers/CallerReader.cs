using static UppalCrm.Core.PhoneNumbers.NumberPatterns;
using static UppalCrm.Core.PhoneNumbers.NumberPlans;
using LibraryNumber = PhoneNumbers.PhoneNumber;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>Understands the address of a call as the carrier gives it.</summary>
internal sealed class CallerReader(Func<string> home)
{
    /// <summary>Who is calling, or which line was called: E.164, digits without a plus, a SIP address, a word.</summary>
    public CallerIdentity Read(string? address)
    {
        var text = NumberText.Plain(address);
        if (text.LastIndexOf('<') is >= 0 and var open && text.IndexOf('>', open) is > 0 and var close)
        {
            text = text[(open + 1)..close]; // "A name" <sip:user@host>
        }

        var isSip = text.StartsWith("sip", StringComparison.OrdinalIgnoreCase) && SipScheme().IsMatch(text);
        var bare = SipScheme().Replace(text, "");
        if (CallerIdentity.IsWithheld(bare) || (!isSip && CallerIdentity.IsWord(text)))
        {
            return new CallerIdentity(CallerKind.Withheld, CallerIdentity.Nobody);
        }

        var at = bare.LastIndexOf('@');
        var host = at < 0 ? null : bare[(at + 1)..].Split(';', '?', ':')[0].ToLowerInvariant();
        // The user part may carry a password and parameters (RFC 3261, section 19.1.1; RFC 3966).
        var user = ZerosBehindPlus().Replace(Uri.UnescapeDataString(WithArea(at < 0 ? bare : bare[..at]).Split(';', '?')[0]), "+");
        user = isSip ? user.Split(':')[0] : user;
        if (isSip && at < 0)
        {
            user = ""; // an address without a user names a machine
        }

        if (CallerIdentity.IsWithheld(user))
        {
            return new CallerIdentity(CallerKind.Withheld, CallerIdentity.Nobody);
        }

        if (ArrivingNumber(user) is { } number)
        {
            return new CallerIdentity(CallerKind.Number, number.Value);
        }

        var kept = isSip || host is not null ? $"sip:{user}@{host}" : user;
        return new CallerIdentity(
            CallerKind.SipUser, kept.Length > CallerIdentity.LongestKept ? kept[..CallerIdentity.LongestKept] : kept);
    }

    private PhoneNumber? ArrivingNumber(string user)
    {
        if (!user.Any(char.IsAsciiDigit) || !NumberOnly().IsMatch(user))
        {
            return null;
        }

        var digits = string.Concat(user.Where(char.IsAsciiDigit));
        if (digits.Length is < 7 or > 18)
        {
            return null;
        }

        if (user[0] == '+')
        {
            // The carrier says that somebody calls from it: whether we know the range is no question here.
            return PhoneNumber.TryParse(Understand(user) is { } known ? Write(known) : "+" + digits, out var number) ? number : null;
        }

        IEnumerable<LibraryNumber?> readings = digits.Length > 10 && digits[0] != '0'
            ? [Understand("+" + digits), Understand(digits, home())]
            : [Understand(digits, home()), Understand("+" + (digits.StartsWith("00", StringComparison.Ordinal) ? digits[2..] : digits))];
        return readings.FirstOrDefault(reading => reading is not null && IsGivenOut(reading)) is { } found
            && PhoneNumber.TryParse(Write(found), out var whole) ? whole : null;
    }
}
