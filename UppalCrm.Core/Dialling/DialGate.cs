namespace UppalCrm.Core.Dialling;

/// <summary>
/// Asked before any number is dialled, for a call as for a transfer: the policy, and the list of those who must not be called. A refusal
/// is on record.
/// </summary>
public sealed class DialGate(DialPolicy policy, DoNotCallList doNotCall, DialAlarm alarm)
{
    /// <param name="typed">A number as a person writes it.</param>
    /// <returns>The number, if this agent may dial it.</returns>
    public async Task<Result<PhoneNumber>> CheckAsync(int agentId, string typed, CancellationToken cancellationToken)
    {
        var number = policy.Check(typed);
        if (number.Refusal is { } forbidden)
        {
            await alarm.RefusedAsync(agentId, PhoneNumber.TryParse(typed, out var dialled) ? dialled : null, forbidden, cancellationToken);
            return forbidden;
        }

        return await doNotCall.WhyNotAsync(number.Value, agentId, cancellationToken) is { } unwanted ? unwanted : number;
    }
}
