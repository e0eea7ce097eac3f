using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Bench;

/// <summary>
/// The least that could do the same on this machine: a signed form answered with a constant, and a hub that tells everybody one thing.
/// </summary>
internal static class FloorServer
{
    private const string Twiml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Dial><Conference>floor</Conference></Dial></Response>";

    /// <param name="args">Port.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var address = $"http://localhost:{args[0]}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        builder.Services.AddSignalR();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        await using var app = builder.Build();
        app.MapPost("/voice", async (HttpContext http) =>
        {
            var form = await http.Request.ReadFormAsync();
            var signed = Signature.Of(address + "/voice", form.Select(f => KeyValuePair.Create(f.Key, f.Value.ToString())));
            return signed == http.Request.Headers["X-Twilio-Signature"] ? Results.Text(Twiml, "text/xml") : Results.StatusCode(403);
        });
        app.MapPost("/tell", async (IHubContext<FloorHub> hub, HttpContext http) =>
        {
            await hub.Clients.All.SendAsync("CallOffered", await new StreamReader(http.Request.Body).ReadToEndAsync());
            return Results.NoContent();
        });
        app.MapHub<FloorHub>("/hub");
        app.MapPost("/both", async (IHubContext<FloorHub> hub, HttpContext http) =>
        {
            FloorPopUp.Show();
            await hub.Clients.All.SendAsync("CallOffered", await new StreamReader(http.Request.Body).ReadToEndAsync());
            return Results.NoContent();
        });
        app.UseAntiforgery();
        app.MapRazorComponents<FloorPage>().AddInteractiveServerRenderMode();
        await app.StartAsync();
        Console.WriteLine("READY");
        await Console.In.ReadToEndAsync(); // until the program that started us has gone
        return 0;
    }

    private sealed class FloorHub : Hub
    {
        /// <summary>A claim and nothing else: compare and set, and say who has it.</summary>
        public long Accept(long call, long agent)
        {
            lock (Claims)
            {
                return Claims.TryAdd(call, agent) ? agent : Claims[call];
            }
        }

        private static readonly Dictionary<long, long> Claims = [];
    }
}

/// <summary>A page with nothing but a pop-up.</summary>
[Route("/")]
public sealed class FloorPage : ComponentBase
{
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddMarkupContent(0, "<!DOCTYPE html><html lang=\"en\"><body>");
        builder.OpenComponent<FloorPopUp>(1);
        builder.AddComponentRenderMode(RenderMode.InteractiveServer);
        builder.CloseComponent();
        builder.AddMarkupContent(2, "</body></html>");
    }
}

/// <summary>The least that can be drawn when a call comes: one event for everybody, one paragraph.</summary>
public sealed class FloorPopUp : ComponentBase, IDisposable
{
    private static int _calls;

    private static event Action? Called;

    /// <summary>A call has come, for everybody.</summary>
    public static void Show()
    {
        Interlocked.Increment(ref _calls);
        Called?.Invoke();
    }

    public void Dispose() => Called -= OnCalled;

    protected override void OnInitialized() => Called += OnCalled;

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.OpenElement(0, "p");
        builder.AddContent(1, $"Incoming call from number {_calls}");
        builder.CloseElement();
    }

    private void OnCalled() => _ = InvokeAsync(StateHasChanged);
}
