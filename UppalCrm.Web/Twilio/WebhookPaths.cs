namespace UppalCrm.Web.Twilio;

/// <summary>Where Twilio calls us, below <c>API_BASE_URL</c>. Contract: numbers and applications at Twilio are set to these.</summary>
public static class WebhookPaths
{
    public const string Root = "/api/twilio/webhook";
    public const string Voice = Root + "/voice";
    public const string CallStatus = Root + "/call-status";
    public const string ConferenceStatus = Root + "/conference-status";
    public const string Recording = Root + "/recording";
    public const string Wait = Root + "/wait";
    public const string Voicemail = Root + "/voicemail";
    public const string Token = "/api/twilio/token";
    public const string HoldMusic = "/media/hold.wav";
    public const string Ringback = "/media/ringback.wav";
    public const string SoftphoneSounds = "/media/softphone";
}
