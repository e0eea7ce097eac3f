using System.Globalization;

namespace UppalCrm.Simulator;

/// <summary>What the network knows about addresses of telephones: E.164 numbers and <c>client:</c> identities.</summary>
internal static class Numbers
{
    /// <summary>A plus and 7 to 15 digits, the first not zero.</summary>
    public static bool IsE164(string text) =>
        text.Length is >= 8 and <= 16
            && text[0] == '+'
            && text[1] is >= '1' and <= '9'
            && text.AsSpan(2).IndexOfAnyExceptInRange('0', '9') < 0;

    public static bool IsClient(string address) => address.StartsWith("client:", StringComparison.Ordinal);

    /// <summary>For logs: the last four digits of a number; an identity as it is.</summary>
    public static string Masked(string address) =>
        IsClient(address) || address.Length <= 4 ? address : string.Concat("…", address.AsSpan(address.Length - 4));

    /// <summary>As Twilio's <c>to_formatted</c>: North American numbers in their usual writing, others as they are.</summary>
    public static string Formatted(string address) => address is ['+', '1', ..] && address.Length == 12
        ? $"({address[2..5]}) {address[5..8]}-{address[8..]}"
        : address;

    /// <summary>The country that a webhook names, as far as the simulator tells countries apart.</summary>
    public static string Country(string address) => address switch
    {
        ['+', '1', ..] => "US",
        ['+', '4', '4', ..] => "GB",
        ['+', '4', '9', ..] => "DE",
        ['+', '9', '1', ..] => "IN",
        _ => "",
    };
}

/// <summary>Twilio's spelling of values.</summary>
internal static class Spelling
{
    /// <summary>RFC 2822 in UTC: <c>Tue, 17 Jun 2025 09:00:47 +0000</c>.</summary>
    public static string Rfc2822(this DateTimeOffset at) =>
        at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    public static string Word(this bool value) => value ? "true" : "false";

    /// <summary>Whole seconds, as billed: a started second counts.</summary>
    public static int WholeSeconds(this TimeSpan duration) => (int)Math.Ceiling(Math.Max(0, duration.TotalSeconds) - 0.001);
}
