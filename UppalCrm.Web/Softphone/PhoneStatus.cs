using System.Text.Json.Serialization;

namespace UppalCrm.Web.Softphone;

/// <summary>Whether this agent can be reached, and heard.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PhoneStatus>))]
public enum PhoneStatus
{
    /// <summary>The shift has not been started in this browser: no sound is unlocked, nothing is registered.</summary>
    Off,

    /// <summary>On its way to ready: loading, asking for a token, or registering again after a drop.</summary>
    Connecting,

    /// <summary>Registered with the carrier, the microphone was granted, and our server is heard.</summary>
    Ready,

    /// <summary>
    /// A call is up. Takes precedence over every other status but <see cref="Reconnecting"/> and <see cref="NoMicrophone"/>.
    /// </summary>
    OnCall,

    /// <summary>A call is up and its signalling is being restored; sound usually goes on.</summary>
    Reconnecting,

    /// <summary>The microphone was refused, is missing, or is held by another program; in a call nobody hears the agent then.</summary>
    NoMicrophone,

    /// <summary>No valid token, and asking for one fails.</summary>
    TokenProblem,

    /// <summary>Our own server is not heard; calls already up go on.</summary>
    ServerLost,

    /// <summary>The phone lives in another tab of this browser.</summary>
    InAnotherTab,

    /// <summary>The phone lives in another browser, on this machine or another.</summary>
    InAnotherBrowser,

    /// <summary>This browser cannot make calls (no WebRTC, or the page is not served over HTTPS).</summary>
    Unsupported,
}
