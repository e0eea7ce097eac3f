using System.Text.Json.Serialization;

namespace UppalCrm.Core.Offers;

/// <summary>Why a call is not offered any more.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OfferEnd>))]
public enum OfferEnd
{
    /// <summary>An agent answered it.</summary>
    Answered,

    /// <summary>The caller hung up.</summary>
    Abandoned,

    /// <summary>No agent answered in time.</summary>
    Missed,

    /// <summary>The call is over for another reason.</summary>
    Ended,

    /// <summary>This agent declined it; the others are still offered it.</summary>
    Declined,
}

public static class OfferEnds
{
    /// <summary>Why this call is not offered to anybody any more; null while it is.</summary>
    public static OfferEnd? Of(Call call) => call switch
    {
        { Status: CallStatus.Waiting } => null,
        { IsOpen: true } or { Outcome: CallOutcome.Answered } => OfferEnd.Answered,
        { Outcome: CallOutcome.Abandoned } => OfferEnd.Abandoned,
        { Outcome: CallOutcome.Missed or CallOutcome.Voicemail } => OfferEnd.Missed,
        _ => OfferEnd.Ended,
    };
}
