using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace UppalCrm.Web.SignIn;

/// <summary>
/// A circuit lives for a whole shift, and the cookie is read only when it begins: its person is signed in as long as the session goes
/// on. Heard at once when it ends, and asked every 30 s besides.
/// </summary>
public sealed class RevalidatingAuthStateProvider : RevalidatingServerAuthenticationStateProvider
{
    private readonly SignInSessions _sessions;
    private readonly IDisposable _subscription;
    private string? _session;

    public RevalidatingAuthStateProvider(ILoggerFactory logging, SignInSessions sessions)
        : base(logging)
    {
        _sessions = sessions;
        _subscription = sessions.Subscribe(EndIfMine);
        AuthenticationStateChanged += Learn;
    }

    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(
        AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            return authenticationState.User.FindSessionKey() is { } key && await _sessions.FindAsync(key, cancellationToken) is not null;
        }
        catch (ObjectDisposedException)
        {
            return true; // The host goes while it is asked, and takes this circuit with it: there is nothing to decide any more.
        }
    }

    protected override void Dispose(bool disposing)
    {
        _subscription.Dispose();
        AuthenticationStateChanged -= Learn;
        base.Dispose(disposing);
    }

    private void Learn(Task<AuthenticationState> state) => _ = LearnAsync(state);

    private async Task LearnAsync(Task<AuthenticationState> state) =>
        _session = (await state).User.FindSessionKey() is { } key ? SignInSessions.Hash(key) : null;

    private void EndIfMine(string session)
    {
        if (session == _session)
        {
            SetAuthenticationState(Task.FromResult(new AuthenticationState(new System.Security.Claims.ClaimsPrincipal())));
        }
    }
}
