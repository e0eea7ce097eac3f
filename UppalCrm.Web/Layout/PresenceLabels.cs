namespace UppalCrm.Web.Layout;

/// <summary>Where an agent stands, in words and tones, on every page alike.</summary>
public static class PresenceLabels
{
    public static string Of(Presence presence) => presence switch
    {
        Presence.OnCall => "On call",
        Presence.WrapUp => "Wrap-up",
        Presence.PhoneOff => "Phone off",
        _ => presence.ToString(),
    };

    /// <summary>As <see cref="Of(Presence)"/>; while the agent is free to choose, the status they chose.</summary>
    public static string Of(AgentOnFloor agent) =>
        agent.Presence is Presence.Available or Presence.Away ? agent.Status : Of(agent.Presence);

    /// <summary>Whether a colleague can be asked, for who would ask them.</summary>
    public static string ForColleague(AgentOnFloor colleague) => colleague.Presence switch
    {
        Presence.Available => "free",
        Presence.OnCall => "in a call",
        Presence.WrapUp => "wrapping up",
        Presence.Unreachable => "cannot be reached",
        Presence.PhoneOff => "phone off",
        _ => colleague.Status,
    };

    /// <summary>
    /// <c>ok</c>, <c>accent</c>, <c>info</c>, <c>warn</c>, <c>danger</c>; empty for who is not there. The word always stands beside it.
    /// </summary>
    public static string ToneOf(Presence presence) => presence switch
    {
        Presence.Available => "ok",
        Presence.OnCall => "accent",
        Presence.WrapUp => "info",
        Presence.Away => "warn",
        Presence.Unreachable or Presence.PhoneOff => "danger",
        _ => "",
    };
}
