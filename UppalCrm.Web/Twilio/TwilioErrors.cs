using System.Net;

namespace UppalCrm.Web.Twilio;

/// <summary>Whether a request that failed can have had an effect.</summary>
public enum RequestFate
{
    /// <summary>Twilio said no, or was never reached: nothing happened.</summary>
    Refused,

    /// <summary>No answer, or an answer that does not tell: it may have happened all the same. Ask before doing it again.</summary>
    Unknown,
}

/// <summary>A request to Twilio that did not succeed.</summary>
/// <param name="fate">Whether it can have had an effect.</param>
/// <param name="status">The answer's status; null when there was none.</param>
/// <param name="code">Twilio's error code (twilio.com/docs/api/errors); null when there was none.</param>
/// <param name="words">What happened, for the agent.</param>
public sealed class TwilioRequestException(RequestFate fate, HttpStatusCode? status, int? code, string words, Exception? inner = null)
    : Exception($"Twilio: {words} (status {(int?)status}, code {code})", inner)
{
    public RequestFate Fate { get; } = fate;

    public HttpStatusCode? Status { get; } = status;

    public int? Code { get; } = code;

    /// <summary>One sentence or two that an agent understands: what happened and what can be done.</summary>
    public string Words { get; } = words;

    /// <summary>The call, participant or recording does not exist (any more): a request to end it has what it wanted.</summary>
    public bool IsGone => Status == HttpStatusCode.NotFound || Code is 20404 or 21220 or 16022;
}

/// <summary>Twilio's error codes in words for an agent. Decided by code, never by Twilio's text, which changes.</summary>
public static class TwilioErrors
{
    /// <summary>What the answer means to the person who waits for it.</summary>
    /// <param name="code">Twilio's error code, if it gave one.</param>
    /// <param name="status">The HTTP status; null when no answer came.</param>
    public static string InWords(int? code, HttpStatusCode? status) => InWords(code) ?? InWords(status);

    /// <returns><see langword="null"/> for a code that means nothing particular to an agent.</returns>
    public static string? InWords(int? code) => code switch
    {
        20003 or 20005 or 20006 or 20008 or 20403 or 10003 or 20101 or 20102 or 20103 or 20107 =>
            "Our telephone account was refused by the carrier. Tell your administrator: "
                + "the account settings are wrong or the account is not active.",
        20104 or 20157 => "Your softphone's pass has run out. It is renewed by itself; try again in a moment.",
        20404 => "The carrier does not know this call any more.",
        20429 => "The carrier is busy at the moment. Try again in a few seconds.",
        20500 or 20503 => "The carrier has a problem at the moment. Try again in a minute.",
        21201 or 21211 or 21217 or 13223 => "This number is not valid. Check the country code and the digits.",
        21202 or 21216 or 13225 => "The carrier does not call this number: it is blocked or charged at a premium.",
        21203 or 21215 or 13226 or 13227 or 32205 =>
            "Our account may not call this country. An administrator can allow it in the carrier's console.",
        21210 or 21212 or 21213 or 13214 or 13247 => "Our own number was refused as caller id. Tell your administrator.",
        21214 or 13224 => "This number cannot be reached from our account.",
        21219 => "Our trial account may only call numbers that were verified in the carrier's console.",
        21220 => "The call is over already.",
        21205 or 21218 or 21401 or 21405 or 21626 => "The carrier refused our settings for this call. Tell your administrator.",
        22005 or 10004 or 16021 => "Too many calls are being placed at once. Try again in a few seconds.",
        16020 => "The call is full: nobody else can join.",
        16022 => "The call is over already.",
        16027 => "The agent is on hold and cannot be coached now.",
        16028 or 13240 => "The agent is not in the call any more and cannot be coached.",
        16108 => "The recording cannot be changed now.",
        _ => null,
    };

    private static string InWords(HttpStatusCode? status) => status switch
    {
        null => "The carrier did not answer in time.",
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => InWords(20003)!,
        HttpStatusCode.NotFound => InWords(20404)!,
        HttpStatusCode.TooManyRequests => InWords(20429)!,
        >= HttpStatusCode.InternalServerError => "The carrier has a problem at the moment. Try again in a minute.",
        _ => "The carrier refused the request. Check the number; if it goes on, tell your administrator.",
    };
}
