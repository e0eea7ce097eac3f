using System.Globalization;
using UppalCrm.Web.Live;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Desk;

/// <summary>Where a call stands, in the words of the person who has it in hand.</summary>
public static class CallLabels
{
    /// <param name="phone">The phone's side of the same call; null while the phone is not in it.</param>
    public static string StateOf(Call call, PhoneCall? phone) => call.Status switch
    {
        CallStatus.Claimed when call.IsParked => "Put aside",
        CallStatus.Claimed when call.HungUpAt is not null => "Ended",
        CallStatus.Claimed when call.AwaitsAgent => "Cut off",
        CallStatus.Claimed => "Joining the call…",
        CallStatus.Preparing => "Calling your phone…",
        CallStatus.Dialing when call.IsInternal => "Ringing…",
        CallStatus.Dialing => call.DialState switch
        {
            LegState.Ringing => "Ringing…",
            LegState.InProgress => "Answered, connecting…",
            _ => "Dialling…",
        },
        CallStatus.Connected when phone?.Phase == PhoneCallPhase.Reconnecting => "Reconnecting…",
        CallStatus.Connected when phone?.Phase == PhoneCallPhase.Ending => "Ending…",
        CallStatus.Connected => "In call",
        CallStatus.Waiting => "Waiting",
        CallStatus.TransferredOut => "Transferred out",
        _ => "Ended",
    };

    /// <summary>How a call went, in a word or two.</summary>
    public static string OutcomeOf(Call call) => call.Outcome switch
    {
        CallOutcome.Answered when call.DurationSeconds is { } seconds => Lasted(seconds),
        { } outcome => OutcomeOf(outcome),
        null => call.IsOpen ? StateOf(call, null) : "Ended",
    };

    public static string OutcomeOf(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Abandoned => "Caller hung up",
        CallOutcome.NoAnswer => "No answer",
        _ => outcome.ToString(),
    };

    /// <summary>Why a call is not offered any more, for those who saw it.</summary>
    public static string EndOf(Offer offer) => offer.End switch
    {
        OfferEnd.Answered when offer.Call.Agent is { } agent => $"{agent.DisplayName} answered",
        OfferEnd.Answered => "Another agent answered",
        OfferEnd.Abandoned => "The caller hung up",
        OfferEnd.Missed => "Nobody answered in time",
        _ => "The call has ended",
    };

    /// <summary>What was measured: <c>1:05</c> or <c>1:02:03</c>.</summary>
    public static string Lasted(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    /// <summary><c>1:05</c> or <c>1:02:03</c>; a dash for nothing.</summary>
    public static string Lasted(int? seconds) => seconds is { } s ? Lasted(TimeSpan.FromSeconds(s)) : "–";

    /// <summary>What was set: <c>25 s</c>, <c>2 min</c>, <c>1 min 5 s</c>.</summary>
    public static string InWords(TimeSpan time)
    {
        var seconds = (int)Math.Round(time.TotalSeconds);
        return (seconds / 60, seconds % 60) switch
        {
            (0, var s) => $"{s} s",
            (var m, 0) => $"{m} min",
            var (m, s) => $"{m} min {s} s",
        };
    }

    /// <summary>For the attributes of <c>elapsed-time</c> and its like.</summary>
    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
