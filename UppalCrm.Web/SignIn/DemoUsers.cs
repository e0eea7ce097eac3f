using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Web.Layout;

namespace UppalCrm.Web.SignIn;

/// <summary>One of the people to try the house as.</summary>
public sealed record DemoUser(string Email, string Name, string Role);

/// <summary>
/// People and contacts to try the house with. Only in Development and only with the simulator: their password is public.
/// </summary>
public sealed class DemoUsers(IServiceScopeFactory scopes, IHostEnvironment environment, PhoneNetworkLink network, TimeProvider time)
{
    public const string Password = "Call-Centre-5080";

    public static IReadOnlyList<DemoUser> All { get; } =
    [
        new("dana@uppalcrm.test", "Dana Whitfield", Roles.Agent),
        new("lee@uppalcrm.test", "Lee Okafor", Roles.Agent),
        new("sam@uppalcrm.test", "Sam Torres", Roles.Supervisor),
        new("admin@uppalcrm.test", "Alex Admin", Roles.Admin),
    ];

    // Numbers that belong to nobody. The phone network has a phone ready for each of the first three, and for one that nobody here knows.
    private static readonly (string Name, string Company, string Email, string Number, string Label)[] Contacts =
    [
        ("Maya Chen", "Northwind Dental", "maya.chen@northwind.example", "+12025550111", "Mobile"),
        ("Sofia Rossi", "Rossi Catering", "sofia@rossi.example", "+14155550173", "Office"),
        ("James Okafor", "Thames Freight", "j.okafor@thames.example", "+442079460018", "Office"),
        ("Priya Raman", "Bluebird Travel", "priya@bluebird.example", "+16175550128", "Mobile"),
        ("Henrik Larsen", "Larsen & Daughters", "henrik@larsen.example", "+13125550166", "Home"),
    ];

    public bool Enabled => environment.IsDevelopment() && network.IsSimulated;

    /// <summary>Demo accounts that this start found alive where they may not be, and disabled.</summary>
    public int Disabled { get; private set; }

    internal async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
        if (!Enabled)
        {
            await DisableAsync(users, cancellationToken);
            return;
        }

        var fresh = !await users.Users.AnyAsync(cancellationToken);
        foreach (var user in All)
        {
            var known = await users.FindByEmailAsync(user.Email);
            if (known is null)
            {
                // Everybody can take a call; supervisors and administrators can do more.
                await users.AddAsync(
                    time.GetUtcNow(), user.Email, user.Name, Password,
                    [.. new[] { Roles.Agent, user.Role }.Distinct(StringComparer.Ordinal)]);
            }
            else if (known.PasswordHash is null)
            {
                known.DeactivatedAt = null; // Production had disabled it.
                await users.AddPasswordAsync(known, Password);
            }
        }

        if (fresh)
        {
            await AddContactsAsync(scope.ServiceProvider.GetRequiredService<CrmDbContext>(), cancellationToken);
        }
    }

    // A database that Development has used: everybody knows this password. A demo user who was given another one keeps the account.
    private async Task DisableAsync(UserManager<Agent> users, CancellationToken cancellationToken)
    {
        var addresses = All.Select(user => users.NormalizeEmail(user.Email)).ToList();
        foreach (var agent in await users.Users.Where(a =>
            addresses.Contains(a.NormalizedEmail!) && a.PasswordHash != null).ToListAsync(cancellationToken))
        {
            if (await users.CheckPasswordAsync(agent, Password))
            {
                agent.PasswordHash = null;
                agent.DeactivatedAt = time.GetUtcNow();
                await users.UpdateSecurityStampAsync(agent); // saves, and ends what is signed in
                Disabled++;
            }
        }
    }

    private async Task AddContactsAsync(CrmDbContext db, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var companies = Contacts.Select(c => new Company { Name = c.Company, Version = 1 }).ToList();
        db.Companies.AddRange(companies);
        await db.SaveChangesAsync(cancellationToken); // for their ids
        db.Contacts.AddRange(Contacts.Zip(companies, (c, company) => new Contact
        {
            Name = c.Name,
            Company = c.Company,
            CompanyId = company.Id,
            Email = c.Email,
            CreatedAt = now,
            UpdatedAt = now,
            Numbers = [new ContactNumber { Number = c.Number, Label = c.Label }],
        }));
        await db.SaveChangesAsync(cancellationToken);
    }
}
