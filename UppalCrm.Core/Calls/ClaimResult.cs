namespace UppalCrm.Core.Calls;

public enum ClaimResult
{
    Won,
    NotWaiting,
    AgentBusy,

    /// <summary>The agent declined the call or rests from it, or takes no calls now.</summary>
    NotOffered,
}
