using System.Net.Mail;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.People;

/// <summary>Where an account stands.</summary>
public enum PersonState
{
    /// <summary>Invited, and has not chosen a password yet.</summary>
    Invited,
    Active,
    Deactivated,
}

/// <summary>A person as the administrator's list shows them.</summary>
/// <param name="Role">The highest: Admin, Supervisor or Agent.</param>
public sealed record Person(
    int Id, string Name, string Email, string Role, PersonState State, bool HasSecondFactor, DateTimeOffset? LastSeenAt, int OpenSessions);

/// <summary>A person was invited, or may choose another password: by this code, once.</summary>
public sealed record Invitation(int AgentId, string Email, string Code, DateTimeOffset ExpiresAt);

/// <summary>The administrator's view of everybody who has an account. Each method asks whether the caller administers.</summary>
public sealed class PeopleDirectory(
    IDbContextFactory<CrmDbContext> contexts, FloorRights rights, OneTimeLinks links, SignOuts signOuts, SecondFactors factors,
    CallFeed feed, AuditLog audit, TimeProvider time)
{
    /// <summary>How long an invitation can be used.</summary>
    public static readonly TimeSpan InvitationLife = TimeSpan.FromDays(7);

    /// <summary>How long a link for another password can be used.</summary>
    public static readonly TimeSpan ResetLife = TimeSpan.FromHours(24);

    /// <summary>The roles that a person may have, the least first. Each holds those before it.</summary>
    public static readonly IReadOnlyList<string> RolesInOrder = [Roles.Agent, Roles.Supervisor, Roles.Admin];

    public const string AddressWords = "Write a whole e-mail address, e.g. dana@example.com.";

    /// <summary>Everybody, by name.</summary>
    /// <param name="search">Part of a name or an address; null for all.</param>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task<IReadOnlyList<Person>> GetAsync(int byAgentId, string? search, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var words = search?.Trim().ToUpperInvariant() ?? "";
        var rows = await db.Agents.AsNoTracking().OrderBy(a => a.DisplayName).ThenBy(a => a.Id).Select(a => new
        {
            a.Id,
            a.DisplayName,
            a.Email,
            a.DeactivatedAt,
            HasPassword = a.PasswordHash != null || db.UserLogins.Any(login => login.UserId == a.Id),
            Roles = db.UserRoles.Where(held => held.UserId == a.Id)
                .Join(db.Roles, held => held.RoleId, role => role.Id, (_, role) => role.Name!).ToList(),
            HasSecondFactor = db.SecondFactors.Any(f => f.AgentId == a.Id && f.ConfirmedAt != null),
            LastSeenAt = db.SignInSessions.Where(s => s.AgentId == a.Id).Max(s => (DateTimeOffset?)s.LastSeenAt),
            Open = db.SignInSessions.Count(s => s.AgentId == a.Id && s.EndedAt == null),
        }).ToListAsync(cancellationToken);
        return
        [
            .. rows.Where(a => words.Length == 0 || a.DisplayName.Contains(words, StringComparison.OrdinalIgnoreCase)
            || a.Email!.Contains(words, StringComparison.OrdinalIgnoreCase))
                .Select(a => new Person(a.Id, a.DisplayName, a.Email!, HeldRoles.HighestOf(a.Roles),
                    a.DeactivatedAt is not null ? PersonState.Deactivated : a.HasPassword ? PersonState.Active : PersonState.Invited,
                    a.HasSecondFactor, a.LastSeenAt, a.Open)),
        ];
    }

    /// <summary>Makes an account without a password, and the link by which its person chooses one.</summary>
    /// <returns>The invitation, or words why not.</returns>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task<(Invitation? Invitation, string? Refusal)> InviteAsync(
        int byAgentId, string? name, string? email, string role, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        if (Check(ref name, ref email, role) is { } refusal)
        {
            return (null, refusal);
        }

        var agent = new Agent
        {
            UserName = email,
            NormalizedUserName = Normalize(email!),
            Email = email,
            NormalizedEmail = Normalize(email!),
            DisplayName = name!,
            StatusSince = time.GetUtcNow(),
            SecurityStamp = Guid.NewGuid().ToString("N"),
        };
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            if (await db.Agents.AnyAsync(a =>
                a.NormalizedEmail == agent.NormalizedEmail || a.NormalizedUserName == agent.NormalizedUserName, cancellationToken))
            {
                return (null, Taken(email!));
            }

            db.Agents.Add(agent);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
            {
                return (null, Taken(email!));
            }

            await HeldRoles.SetAsync(db, agent.Id, role, cancellationToken);
        }

        await audit.WriteAsync(AuditAction.PersonInvited, byAgentId, null, $"agent {agent.Id}, as {role}", cancellationToken);
        feed.Announce(new AgentChanged(agent.Id));
        return (await LinkAsync(LinkPurpose.Invitation, agent.Id, email!, InvitationLife, cancellationToken), null);
    }

    /// <summary>
    /// Another link for somebody who was invited, or who must choose another password. What is signed in ends when it is used.
    /// </summary>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task<(Invitation? Invitation, string? Refusal)> MakeLinkAsync(
        int byAgentId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var agent = await db.Agents.AsNoTracking().FirstOrDefaultAsync(a => a.Id == agentId, cancellationToken);
        if (agent is null || agent.DeactivatedAt is not null)
        {
            return (null, agent is null ? Gone : "This account is deactivated. Reactivate it first.");
        }

        var invited = agent.PasswordHash is null;
        await audit.WriteAsync(
            invited ? AuditAction.PersonInvited : AuditAction.PasswordLinkMade, byAgentId, null, $"agent {agentId}", cancellationToken);
        return (
            await LinkAsync(
                invited ? LinkPurpose.Invitation : LinkPurpose.PasswordReset, agentId, agent.Email!, invited ? InvitationLife : ResetLife,
                cancellationToken),
            null);
    }

    /// <summary>Changes name, e-mail and role. Another role or address ends what is signed in; another address ends links too.</summary>
    /// <returns>Words why not; null when it is so now.</returns>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task<string?> ChangeAsync(
        int byAgentId, int agentId, string? name, string? email, string role, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        if (Check(ref name, ref email, role) is { } refusal)
        {
            return refusal;
        }

        var (refused, (before, moves, ends)) = await AloneAsync<(string Before, bool Moves, bool Ends)>(
            async db =>
            {
                var agent = await db.Agents.FirstOrDefaultAsync(a => a.Id == agentId, cancellationToken);
                if (agent is null)
                {
                    return (Gone, default);
                }

                var normalized = Normalize(email!);
                if (await db.Agents.AnyAsync(a =>
                    a.Id != agentId && (a.NormalizedEmail == normalized || a.NormalizedUserName == normalized), cancellationToken))
                {
                    return (Taken(email!), default);
                }

                var held = HeldRoles.HighestOf(await HeldRoles.FindAsync(db, agentId, cancellationToken));
                if (held == Roles.Admin && role != Roles.Admin && await HeldRoles.IsLastAdministratorAsync(db, agentId, cancellationToken))
                {
                    return (LastAdministrator, default);
                }

                var (isOther, isOver) = (agent.NormalizedEmail != normalized, held != role || agent.NormalizedEmail != normalized);
                agent.DisplayName = name!;
                (agent.Email, agent.NormalizedEmail, agent.UserName, agent.NormalizedUserName) = (email, normalized, email, normalized);
                agent.SecurityStamp = isOver ? Guid.NewGuid().ToString("N") : agent.SecurityStamp;
                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
                {
                    return (Taken(email!), default);
                }

                if (held != role)
                {
                    await HeldRoles.SetAsync(db, agentId, role, cancellationToken);
                }

                return (null, (held, isOther, isOver));
            },
            cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        if (moves)
        {
            await links.EndAsync(agentId, cancellationToken); // it went to the address of before
        }

        if (ends)
        {
            await signOuts.AfterChangeAsync(agentId, "the account was changed", cancellationToken);
        }

        await audit.WriteAsync(
            AuditAction.PersonChanged, byAgentId, null, before == role ? $"agent {agentId}" : $"agent {agentId}: {before} is now {role}",
            cancellationToken);
        feed.Announce(new AgentChanged(agentId));
        return null;
    }

    /// <summary>The company's provider says which role this person has. Another one than before ends what is signed in.</summary>
    public async Task TakeRoleAsync(int agentId, string role, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var before = HeldRoles.HighestOf(await HeldRoles.FindAsync(db, agentId, cancellationToken));
        if (before == role)
        {
            return;
        }

        await HeldRoles.SetAsync(db, agentId, role, cancellationToken);
        await db.Agents.Where(a => a.Id == agentId)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.SecurityStamp, Guid.NewGuid().ToString("N")), cancellationToken);
        await signOuts.AfterChangeAsync(agentId, "the account was changed", cancellationToken);
        await audit.WriteAsync(
            AuditAction.PersonChanged, agentId, null, $"agent {agentId}, by the provider: {before} is now {role}", cancellationToken);
        feed.Announce(new AgentChanged(agentId));
    }

    /// <summary>Puts somebody out: no sign-in any more, and whatever is signed in ends at once.</summary>
    /// <returns>Words why not; null when it is so now.</returns>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task<string?> DeactivateAsync(int byAgentId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        var now = time.GetUtcNow();
        if (agentId == byAgentId)
        {
            return "You cannot deactivate yourself. Another administrator can.";
        }

        var (refused, isPutOut) = await AloneAsync<bool>(
            async db => await HeldRoles.IsLastAdministratorAsync(db, agentId, cancellationToken)
                ? (LastAdministrator, false)
                : (null, await db.Agents.Where(a => a.Id == agentId && a.DeactivatedAt == null).ExecuteUpdateAsync(
                    set => set.SetProperty(a => a.DeactivatedAt, now).SetProperty(a => a.Status, AgentStatus.Offline)
                        .SetProperty(a => a.StatusSince, now)
                        .SetProperty(a => a.SecurityStamp, Guid.NewGuid().ToString("N")), cancellationToken) == 1),
            cancellationToken);
        if (!isPutOut)
        {
            return refused; // null when it is so already
        }

        await signOuts.EverywhereAsync(agentId, byAgentId, "the account was deactivated", except: null, cancellationToken);
        await links.EndAsync(agentId, cancellationToken);
        await audit.WriteAsync(AuditAction.PersonDeactivated, byAgentId, null, $"agent {agentId}", cancellationToken);
        feed.Announce(new AgentChanged(agentId));
        return null;
    }

    /// <summary>Lets somebody in again, with the password of before.</summary>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task ReactivateAsync(int byAgentId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Agents.Where(a => a.Id == agentId && a.DeactivatedAt != null).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.DeactivatedAt, (DateTimeOffset?)null), cancellationToken) == 1)
        {
            await audit.WriteAsync(AuditAction.PersonReactivated, byAgentId, null, $"agent {agentId}", cancellationToken);
            feed.Announce(new AgentChanged(agentId));
        }
    }

    /// <summary>Signs somebody out everywhere, and takes their call away.</summary>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task EndSessionsAsync(int byAgentId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        await signOuts.EverywhereAsync(agentId, byAgentId, "ended by an administrator", except: null, cancellationToken);
        await audit.WriteAsync(AuditAction.SessionsEnded, byAgentId, null, $"of agent {agentId}", cancellationToken);
    }

    /// <summary>Takes somebody's second factor away, for when phone and recovery codes are lost.</summary>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task RemoveSecondFactorAsync(int byAgentId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        await factors.RemoveAsync(agentId, byAgentId, cancellationToken);
        await signOuts.AfterChangeAsync(agentId, "the second factor was taken away", cancellationToken);
    }

    /// <summary>The roles that demand a second factor.</summary>
    public async Task<IReadOnlyList<string>> GetDemandingRolesAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.RoleClaims.Where(c => c.ClaimType == SecondFactorDemand.ClaimType)
            .Join(db.Roles, c => c.RoleId, r => r.Id, (_, r) => r.Name!).ToListAsync(cancellationToken);
    }

    /// <summary>Sets whether a role demands a second factor, from each person's next sign-in on.</summary>
    /// <exception cref="NotAllowedException">The caller is no administrator.</exception>
    public async Task DemandAsync(int byAgentId, string role, bool demanded, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var roleId = await db.Roles.Where(r => r.Name == role).Select(r => (int?)r.Id).FirstOrDefaultAsync(cancellationToken);
        if (roleId is not { } id
            || await db.RoleClaims.AnyAsync(
                c => c.RoleId == id && c.ClaimType == SecondFactorDemand.ClaimType, cancellationToken) == demanded)
        {
            return;
        }

        if (demanded)
        {
            db.RoleClaims.Add(
                new IdentityRoleClaim<int> { RoleId = id, ClaimType = SecondFactorDemand.ClaimType, ClaimValue = "demanded" });
            await db.SaveChangesAsync(cancellationToken);
        }
        else
        {
            await db.RoleClaims.Where(c => c.RoleId == id && c.ClaimType == SecondFactorDemand.ClaimType)
                .ExecuteDeleteAsync(cancellationToken);
        }

        await audit.WriteAsync(
            AuditAction.SettingsChanged, byAgentId, null, $"second factor {(demanded ? "demanded of" : "left to")} {role}",
            cancellationToken);
    }

    /// <summary>Whether an account can have this address.</summary>
    public static bool IsAddress(string? email) => email?.Trim() is { Length: > 0 and <= 254 } address
        && address.All(c => c is > ' ' and <= '~') && MailAddress.TryCreate(address, out var mail) && mail.Address == address;

    internal static string Normalize(string address) => KeptText.Normalized(address, NormalizationForm.FormC).ToUpperInvariant();

    private const string Gone = "This account does not exist any more.";
    private const string LastAdministrator = "This is the only administrator. Make somebody else one first.";

    private static string Taken(string email) => $"{email} has an account already.";

    private static string? Check(ref string? name, ref string? email, string role)
    {
        name = PersonName.Of(name);
        email = email?.Trim();
        return name is null ? PersonName.Words
            : !IsAddress(email) ? AddressWords
            : RolesInOrder.Contains(role) ? null
            : "Choose a role.";
    }

    private async Task<Invitation> LinkAsync(
        LinkPurpose purpose, int agentId, string email, TimeSpan life, CancellationToken cancellationToken) =>
        new(agentId, email, await links.MakeAsync(purpose, agentId, life, cancellationToken), time.GetUtcNow() + life);

    /// <summary>
    /// In turns, on all nodes: two administrators who put each other out at the same moment would each find the other still there. What is
    /// refused is not kept.
    /// </summary>
    private Task<(string? Refusal, T Value)> AloneAsync<T>(
        Func<CrmDbContext, Task<(string? Refusal, T Value)>> work, CancellationToken cancellationToken) =>
        contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                // A row that each of them writes first, and so waits for.
                await db.Roles.Where(r => r.Name == Roles.Admin)
                    .ExecuteUpdateAsync(set => set.SetProperty(r => r.Name, Roles.Admin), cancellationToken);
                var answer = await work(db);
                if (answer.Refusal is null)
                {
                    await transaction.CommitAsync(cancellationToken);
                }

                return answer;
            },
            cancellationToken);
}
