using Microsoft.AspNetCore.Diagnostics;
using MudBlazor;
using MudBlazor.Services;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.Layout;

/// <summary>Wires the pages: Blazor on the server, one circuit for each open page.</summary>
public static class PagesSetup
{
    public static WebApplicationBuilder AddPages(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(options =>
        {
            // A switch that restarts drops every agent at once: all of them find their pages again, not the framework's first hundred.
            options.DisconnectedCircuitMaxRetained = 1000;
            options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
        // A batch of 250 parsed numbers answers with some 50 kB.
        }).AddHubOptions(options => options.MaximumReceiveMessageSize = 128 * 1024);
        builder.Services.AddMudServices(options =>
        {
            // Beside the offers, which stand at the top right, and above the navigation of a narrow screen.
            options.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomLeft;
            options.SnackbarConfiguration.PreventDuplicates = true;
            // Each page has a timer for it, and half a second is the default: it was a third of what five hundred idle pages cost.
            options.PopoverOptions.QueueDelay = TimeSpan.FromSeconds(10);
        });
        builder.Services.AddSingleton<ThemeStyleSheet>();
        return builder;
    }

    public static WebApplication MapPages(this WebApplication app)
    {
        app.UseLibraryFiles().MapStaticAssets().AllowAnonymous();
        app.MapGet(ThemeStyleSheet.Route, (ThemeStyleSheet theme, HttpContext context) => theme.SendAsync(context)).AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options =>
        {
            options.ConfigureWebSocketAcceptContext = CompressForSupervisors;
            options.ContentSecurityFrameAncestorsPolicy = null; // Security/ says it, once.
        });
        return app;
    }

    /// <summary>
    /// The board changes four times a second, and a picture of it compresses to a fifth (decision 0021). A thousand agents' pages are
    /// sent little and would pay for it at each call, so theirs are left as they are.
    /// </summary>
    private static Task CompressForSupervisors(HttpContext context, WebSocketAcceptContext accept)
    {
        accept.DangerousEnableCompression = context.User.Supervises();
        // Each message by itself: names that callers choose never share a dictionary with what was sent before (BREACH), and no page
        // keeps one.
        accept.DisableServerContextTakeover = true;
        return Task.CompletedTask;
    }

    /// <summary>Words in place of an empty answer, for people only: programs read the number.</summary>
    public static WebApplication UseWordsForErrors(this WebApplication app)
    {
        app.UseExceptionHandler("/error", createScopeForErrors: true);
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use((context, next) =>
        {
            if (context.Features.Get<IExceptionHandlerFeature>() is not null)
            {
                // The page of words is asked for, whatever failed: a form sent to it would be refused.
                context.Request.Method = HttpMethods.Get;
            }

            if (!HttpMethods.IsGet(context.Request.Method)
                || !context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            {
                context.Features.Get<IStatusCodePagesFeature>()?.Enabled = false;
            }

            return next(context);
        });
        app.UseMiddleware<UnreadableRequests>();
        return app;
    }
}
