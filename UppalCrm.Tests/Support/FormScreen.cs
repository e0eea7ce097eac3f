using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Support;

/// <summary>A page of this house as one of its people sees it, with the app's own services beneath.</summary>
internal sealed class FormScreen : IAsyncDisposable
{
    private readonly AsyncServiceScope _services;

    private FormScreen(House house, int me, string session, string email, string[] roles)
    {
        (Me, Session) = (me, session);
        _services = house.Services.CreateAsyncScope();
        Ui = new BunitContext();
        var person = Ui.AddAuthorization().SetAuthorized(email);
        person.SetRoles(roles);
        person.SetClaims([new Claim(ClaimTypes.NameIdentifier, $"{me}"), new Claim(SignedIn.DisplayNameClaim, email.Split('@')[0]),
            new Claim(SessionClaim.Type, session), .. roles.Select(role => new Claim(ClaimTypes.Role, role))]);
        Ui.JSInterop.SetupModule(AgentPhone.Module, []);
        Ui.UseMudBlazor();
        Ui.Services.AddLogging();
        Ui.Services.AddSingleton<TimeProvider>(house.Clock);
        Ui.Services.AddFallbackServiceProvider(_services.ServiceProvider);
        Ui.Renderer.SetRendererInfo(new RendererInfo("Server", true)); // last: it closes the list of services
        (_, Dialogs) = Ui.RenderProviders();
    }

    public BunitContext Ui { get; }

    public int Me { get; }

    /// <summary>The key of the sign-in.</summary>
    public string Session { get; }

    public IRenderedComponent<MudBlazor.MudDialogProvider> Dialogs { get; }

    public static async Task<FormScreen> OpenAsync(House house, string email, params string[] roles)
    {
        var cancel = Xunit.TestContext.Current.CancellationToken;
        var me = await house.AgentIdAsync(email);
        await using var db = house.Database();
        var stamp = await db.Agents.Where(a => a.Id == me).Select(a => a.SecurityStamp!).SingleAsync(cancel);
        var key = await house.Services.GetRequiredService<SignInSessions>()
            .StartAsync(me, stamp, "Firefox", "127.0.0.1", mustSetUpSecondFactor: false, cancel);
        return new FormScreen(house, me, key, email, roles);
    }

    public async ValueTask DisposeAsync()
    {
        await Ui.DisposeAsync();
        await _services.DisposeAsync();
    }
}
