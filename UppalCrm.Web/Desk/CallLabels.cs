using UppalCrm.Web.Live;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Desk;

/// <summary>Where a call stands, in the words of the person who has it in hand.</summary>
public static class CallLabels
{
    /// <param name="phone">The phone's side of the same call; null while the phone is not in it.</param>
    public static string StateOf(Call call, PhoneCall? phone) => call.Status switch
    {
        CallStatus.Claimed => "Joining the call…",
        CallStatus.Preparing => "Calling your phone…",
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
        _ => "Ended",
    };

    /// <summary>How a call went, in a word or two.</summary>
    public static string OutcomeOf(Call call) => (call.Outcome, call.Direction) switch
    {
        (CallOutcome.Answered, _) => call.DurationSeconds is { } seconds ? Lasted(TimeSpan.FromSeconds(seconds)) : "Answered",
        (CallOutcome.Abandoned, _) => "Caller hung up",
        (CallOutcome.Missed, _) => "Missed",
        (CallOutcome.Voicemail, _) => "Voicemail",
        (CallOutcome.NoAnswer, _) => "No answer",
        (CallOutcome.Busy, _) => "Busy",
        (CallOutcome.Cancelled, _) => "Cancelled",
        (CallOutcome.Failed, _) => "Failed",
        _ => call.IsOpen ? StateOf(call, null) : "Ended",
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

    /// <summary><c>1:05</c> or <c>1:02:03</c>.</summary>
    public static string Lasted(TimeSpan time) => time.TotalHours >= 1 ? time.ToString(@"h\:mm\:ss") : time.ToString(@"m\:ss");

    /// <summary>For the attributes of <c>elapsed-time</c> and its like.</summary>
    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
}
