using Microsoft.AspNetCore.Identity;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.Account;

/// <summary>What a person changes of their own account, and how a link lets them choose a password.</summary>
public sealed class OwnAccount(
    UserManager<Agent> users, SignInSessions sessions, SignOuts signOuts, SignInThrottle throttle, OneTimeLinks links,
    SecondFactors factors, CallFeed feed, AuditLog audit)
{
    public const string WrongPassword = "This is not your password, or there were too many tries: then wait a few minutes.";
    public const string WrongProof =
        "This is neither your password nor a code that is good now, or there were too many tries: then wait a few minutes.";
    public const string LinkOver = "This link was used, or has run out. Ask your administrator for another.";

    private const string EndedByPerson = "ended by the person";
    private const string PasswordChanged = "the password was changed";

    /// <summary>Whether this is the person's password. Counted as a sign-in is.</summary>
    public async Task<bool> ProveAsync(SignInSession session, string? password, CancellationToken cancellationToken)
    {
        var agent = await users.FindByIdAsync($"{session.AgentId}");
        if (agent is null || password is not { Length: > 0 and <= SignInService.LongestPassword })
        {
            return false;
        }

        // The session stands for the device: strangers who guess at the sign-in page do not delay its owner here.
        if (
            await throttle.CountAsync(
                $"{agent.NormalizedEmail} session {session.Id}", device: null, agentId: null, cancellationToken) is not { } count
            || users.PasswordHasher.VerifyHashedPassword(agent, agent.PasswordHash ?? "", password) == PasswordVerificationResult.Failed)
        {
            await audit.WriteAsync(AuditAction.PasswordRefused, agent.Id, null, null, cancellationToken);
            return false;
        }

        await throttle.ClearAsync(count, cancellationToken);
        await sessions.ProveAsync(session.Id, cancellationToken);
        return true;
    }

    /// <summary>Whether this is the person's password, or a code of their second factor. Counted as a sign-in is.</summary>
    public async Task<bool> ProveByEitherAsync(SignInSession session, string? proof, CancellationToken cancellationToken)
    {
        var isCode = proof?.Trim() is { Length: 6 } code && code.All(char.IsAsciiDigit);
        if (!isCode || !await factors.IsOnAsync(session.AgentId, cancellationToken))
        {
            return await ProveAsync(session, proof, cancellationToken);
        }

        if (await throttle.CountAsync($"session {session.Id}, code", device: null, agentId: null, cancellationToken) is not { } count
            || !await factors.CheckAsync(session.AgentId, proof, cancellationToken))
        {
            await audit.WriteAsync(AuditAction.PasswordRefused, session.AgentId, null, "a code", cancellationToken);
            return false;
        }

        await throttle.ClearAsync(count, cancellationToken);
        await sessions.ProveAsync(session.Id, cancellationToken);
        return true;
    }

    /// <summary>Another password. Every other session of the person ends.</summary>
    /// <returns>Words why not; null when it is done.</returns>
    public async Task<string?> ChangePasswordAsync(
        SignInSession session, string? current, string? wanted, CancellationToken cancellationToken)
    {
        if (!await ProveAsync(session, current, cancellationToken))
        {
            return WrongPassword;
        }

        var agent = (await users.FindByIdAsync($"{session.AgentId}"))!;
        if (await CheckAsync(agent, wanted) is { } refusal)
        {
            return refusal;
        }

        await signOuts.EverywhereAsync(agent.Id, agent.Id, PasswordChanged, except: session, cancellationToken);
        await sessions.ChangePasswordAsync(agent.Id, users.PasswordHasher.HashPassword(agent, wanted!), session.Id, cancellationToken);
        await links.EndAsync(agent.Id, cancellationToken);
        await audit.WriteAsync(AuditAction.PasswordChanged, agent.Id, null, "by the person", cancellationToken);
        return null;
    }

    /// <summary>Another name, as colleagues see it.</summary>
    /// <returns>Words why not; null when it is done.</returns>
    public async Task<string?> RenameAsync(int agentId, string? name, CancellationToken cancellationToken)
    {
        if (PersonName.Of(name) is not { } given)
        {
            return PersonName.Words;
        }

        var agent = await users.FindByIdAsync($"{agentId}");
        if (agent is not null && agent.DisplayName != given)
        {
            agent.DisplayName = given;
            await users.UpdateAsync(agent);
            await audit.WriteAsync(AuditAction.PersonChanged, agentId, null, "the name, by the person", cancellationToken);
            feed.Announce(new AgentChanged(agentId));
        }

        return null;
    }

    /// <summary>Who may choose a password by this link; null when it is over.</summary>
    public async Task<Agent?> FindByLinkAsync(LinkPurpose purpose, string? code, CancellationToken cancellationToken) =>
        await links.FindAsync(purpose, code, cancellationToken) is { AgentId: { } id }
            && await users.FindByIdAsync($"{id}") is { DeactivatedAt: null } agent
            ? agent
            : null;

    /// <summary>The person of the link chooses a password. Whatever was signed in ends.</summary>
    /// <returns>Words why not; null when it is done.</returns>
    public async Task<string?> ChooseByLinkAsync(LinkPurpose purpose, string? code, string? password, CancellationToken cancellationToken)
    {
        if (await links.FindAsync(purpose, code, cancellationToken) is not { AgentId: { } id } link
            || await users.FindByIdAsync($"{id}") is not { DeactivatedAt: null } agent)
        {
            return LinkOver;
        }

        if (await CheckAsync(agent, password) is { } refusal)
        {
            return refusal; // before the link is used up
        }

        if (!await links.TryUseAsync(link, cancellationToken))
        {
            return LinkOver;
        }

        await signOuts.EverywhereAsync(id, id, PasswordChanged, except: null, cancellationToken);
        await sessions.ChangePasswordAsync(id, users.PasswordHasher.HashPassword(agent, password!), keep: null, cancellationToken);
        await links.EndAsync(id, cancellationToken);
        await audit.WriteAsync(
            purpose == LinkPurpose.Invitation ? AuditAction.InvitationAccepted : AuditAction.PasswordChanged, id, null, "by a link",
            cancellationToken);
        return null;
    }

    /// <summary>The person takes the second factor away from themselves.</summary>
    /// <returns>Words why not; null when it is gone.</returns>
    public async Task<string?> RemoveSecondFactorAsync(SignInSession session, string? password, CancellationToken cancellationToken)
    {
        if (await factors.IsDemandedAsync(session.AgentId, cancellationToken))
        {
            return "Your role demands a second factor. Make new recovery codes, or ask an administrator when your phone is lost.";
        }

        if (!await ProveAsync(session, password, cancellationToken))
        {
            return WrongPassword;
        }

        await factors.RemoveAsync(session.AgentId, session.AgentId, cancellationToken);
        return null;
    }

    /// <summary>Ends another sign-in of the person.</summary>
    public async Task EndSessionAsync(SignInSession session, long ended, CancellationToken cancellationToken)
    {
        await signOuts.OtherAsync(session, ended, EndedByPerson, cancellationToken);
        await audit.WriteAsync(AuditAction.SessionsEnded, session.AgentId, null, "one of the person's own", cancellationToken);
    }

    /// <summary>Ends every sign-in of the person but this one: who asks may be in a call.</summary>
    public async Task EndOtherSessionsAsync(SignInSession session, CancellationToken cancellationToken)
    {
        await signOuts.EverywhereAsync(session.AgentId, session.AgentId, EndedByPerson, except: session, cancellationToken);
        await audit.WriteAsync(AuditAction.SessionsEnded, session.AgentId, null, "all others of the person's own", cancellationToken);
    }

    private async Task<string?> CheckAsync(Agent agent, string? password)
    {
        foreach (var validator in users.PasswordValidators)
        {
            if (await validator.ValidateAsync(users, agent, password) is { Succeeded: false } refused)
            {
                return string.Join(' ', refused.Errors.Select(e => e.Description));
            }
        }

        return null;
    }
}
