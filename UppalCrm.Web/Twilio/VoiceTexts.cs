using System.ComponentModel.DataAnnotations;

namespace UppalCrm.Web.Twilio;

/// <summary>What callers are told. Section <c>VoiceTexts</c> of the configuration; an empty text is not spoken.</summary>
public sealed class VoiceTexts
{
    public const string Section = "VoiceTexts";

    /// <summary>Language of all texts, e.g. <c>en-US</c>.</summary>
    [Required(ErrorMessage = "VoiceTexts:Language is missing. Set e.g. en-US.")]
    public string Language { get; set; } = "en-US";

    /// <summary>Twilio's voice for them, e.g. <c>Polly.Joanna-Neural</c>; empty for the account's own.</summary>
    public string Voice { get; set; } = "";

    /// <summary>While waiting, first and then after every few rounds of music.</summary>
    public string Waiting { get; set; } = "Thank you for calling. Please hold the line; the next free agent will be with you.";

    /// <summary>The agent's connection is gone, and the customer stays (<c>Calls:WhenAgentIsLost</c>).</summary>
    public string Returning { get; set; } = "One moment please. We were cut off, and will be back with you at once.";

    /// <summary>Nobody took the call, or we cannot take it.</summary>
    public string Sorry { get; set; } = "We are sorry, nobody can take your call right now. Please try again later. Goodbye.";

    public string VoicemailGreeting { get; set; } =
        "We are sorry, nobody can take your call right now. Please leave a message after the tone.";

    public string VoicemailThanks { get; set; } = "Thank you for your message. Goodbye.";

    /// <summary>A message ends after this long.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00", ErrorMessage = "VoiceTexts:LongestMessage must lie between 10 seconds and 1 hour.")]
    public TimeSpan LongestMessage { get; set; } = TimeSpan.FromMinutes(3);
}
