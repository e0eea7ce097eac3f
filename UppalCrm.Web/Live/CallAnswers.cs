namespace UppalCrm.Web.Live;

/// <summary>What an agent's click on Accept came to, as the browser reads it.</summary>
/// <param name="ConferenceName">The conference to join, for the winner only.</param>
/// <param name="By">Who has the call instead.</param>
/// <param name="Message">Why not, for the agent.</param>
/// <param name="Intent">What the softphone shows when it joins, once.</param>
/// <param name="CallId">The call to join, where the browser did not name it.</param>
public sealed record ClaimAnswer(
    bool Won, string? ConferenceName, string? By, string? Message, string? Intent = null, long? CallId = null)
{
    internal static ClaimAnswer Of(Result<ClaimedCall> claim) =>
        new(claim.IsDone, claim.Value?.ConferenceName, (claim.Refusal as TakenByAnother)?.By, claim.Reason);
}

/// <summary>What an agent's wish to dial came to, as the browser reads it: a call to join, or why not.</summary>
/// <param name="Intent">What the softphone shows when it joins, once.</param>
public sealed record DialAnswer(long? CallId, string? ConferenceName, string? Error, string? Intent = null)
{
    internal static DialAnswer Of(Result<PreparedCall> prepared) =>
        new(prepared.Value?.CallId, prepared.Value?.ConferenceName, prepared.Reason);
}
