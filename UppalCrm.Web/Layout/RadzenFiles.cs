using Microsoft.JSInterop;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Layout;

/// <summary>What Radzen's charts and dialogs need in the browser is loaded before the first of them is shown (radzen.ts), not with every page.</summary>
internal static class RadzenFiles
{
    /// <exception cref="JSException">They could not be loaded.</exception>
    public static async Task LoadRadzenAsync(this IJSRuntime js)
    {
        await using var module = await js.InvokeAsync<IJSObjectReference>("import", AgentPhone.ModulePath);
        await module.InvokeVoidAsync("loadRadzen");
    }
}
