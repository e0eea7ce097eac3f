using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Support;

/// <summary>
/// The pages of calls and contacts as one agent sees them: the real Core beneath, and a browser that answers as it is told.
/// </summary>
internal sealed class HistoryScreen : IAsyncDisposable
{
    private HistoryScreen(CallCentre centre, int me, string? role)
    {
        (Centre, Me) = (centre, me);
        Ui = new BunitContext();
        var person = Ui.AddAuthorization().SetAuthorized("dana");
        if (role is not null)
        {
            person.SetRoles(role); // first: it forgets what was claimed
        }

        person.SetClaims([new Claim(ClaimTypes.NameIdentifier, me.ToString()), new Claim(SignedIn.DisplayNameClaim, "Dana"),
            .. role is null ? Array.Empty<Claim>() : [new Claim(ClaimTypes.Role, role)]]);

        Browser = Ui.JSInterop.SetupModule(AgentPhone.Module, []);
        Ui.UseMudBlazor();
        Ui.Services.AddLogging();
        Ui.Services.AddSingleton<TimeProvider>(centre.Clock).AddSingleton(centre.Get<CallFeed>()).AddSingleton(centre.Desk)
            .AddSingleton(centre.Roster);
        Ui.Services.AddSingleton(centre.Get<CallHistory>()).AddSingleton(centre.Get<MissedCalls>()).AddSingleton(centre.Get<ContactBook>())
            .AddSingleton(centre.Get<ContactMerges>()).AddSingleton(centre.Get<ContactImports>()).AddSingleton(centre.Get<CompanyBook>())
            .AddSingleton(centre.Get<ContactFields>()).AddSingleton(centre.Get<DoNotCallList>()).AddSingleton(centre.Get<OurLines>());
        Ui.Services.AddSingleton(centre.Get<NumberFormat>()).AddSingleton(centre.Get<NumberParser>())
            .AddSingleton(centre.Get<IOptionsMonitor<DialOptions>>()).AddSingleton(centre.Get<CallReports>())
            .AddSingleton(centre.Get<IOptionsMonitor<FloorOptions>>());
        Ui.Services.AddSoftphone();
        Ui.Renderer.SetRendererInfo(new RendererInfo("Server", true)); // last: it closes the list of services
        Ui.RenderProviders();
    }

    public CallCentre Centre { get; }

    public int Me { get; }

    public BunitContext Ui { get; }

    public BunitJSModuleInterop Browser { get; }

    public NavigationManager Navigation => Ui.Services.GetRequiredService<NavigationManager>();

    /// <param name="change">What is to differ from the app.</param>
    public static async Task<HistoryScreen> OpenAsync(string? role = null, Action<IServiceCollection>? change = null)
    {
        var centre = await CallCentre.OpenAsync(change ?? (_ => { }));
        return new HistoryScreen(centre, await centre.HireAsync("Dana"), role);
    }

    public async ValueTask DisposeAsync()
    {
        await Ui.DisposeAsync();
        await Centre.DisposeAsync();
    }
}
