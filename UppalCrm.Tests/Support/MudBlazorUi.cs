using Bunit;
using MudBlazor;
using MudBlazor.Services;

namespace UppalCrm.Tests.Support;

internal static class MudBlazorUi
{
    // Many tests share few cores; a second is sometimes not enough for a change to reach the screen.
    static MudBlazorUi() => BunitContext.DefaultWaitTimeout = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The library's services, and a browser that answers its scripts with nothing. Call it before the first service is asked for;
    /// modules that a test has set up stay as strict as they were.
    /// </summary>
    public static BunitContext UseMudBlazor(this BunitContext ui)
    {
        ui.Services.AddMudServices();
        ui.JSInterop.Mode = JSRuntimeMode.Loose;
        return ui;
    }

    /// <summary>Where the library draws what opens over a page; render it before the component that opens something.</summary>
    public static (
        IRenderedComponent<MudPopoverProvider> Popovers,
        IRenderedComponent<MudDialogProvider> Dialogs) RenderProviders(this BunitContext ui) =>
        (ui.Render<MudPopoverProvider>(), ui.Render<MudDialogProvider>());
}
