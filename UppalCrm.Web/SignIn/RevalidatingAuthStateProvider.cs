using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Layout;

namespace UppalCrm.Web.SignIn;

/// <summary>
/// Asks every 30 s whether the person behind a circuit may still be there: a circuit lives for a whole shift, and the cookie
/// is read only when it begins. A changed password, a lost role or a disabled account ends it.
/// </summary>
public sealed class RevalidatingAuthStateProvider(ILoggerFactory logging, IServiceScopeFactory scopes, IOptions<IdentityOptions> options)
    : RevalidatingServerAuthenticationStateProvider(logging)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        if (authenticationState.User.FindAgentId() is null)
        {
            return false;
        }

        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
        var agent = await users.GetUserAsync(authenticationState.User);
        return agent is not null
            && agent.LockoutEnd != DateTimeOffset.MaxValue // disabled for good, as opposed to a wait after wrong passwords
            && authenticationState.User.FindFirst(options.Value.ClaimsIdentity.SecurityStampClaimType)?.Value == await users.GetSecurityStampAsync(agent);
    }
}
