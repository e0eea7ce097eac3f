using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Net.Http.Headers;
using MudBlazor;

namespace UppalCrm.Web.Layout;

/// <summary>
/// <see cref="HouseTheme"/> as one style sheet with the light and the dark variables, chosen by <c>data-theme</c> of the root (theme.js).
/// MudBlazor's own provider writes one of the two into the page from within a circuit: too late for the first paint, not at all on
/// the pages before sign-in, and 16 kB of each page.
/// </summary>
public sealed class ThemeStyleSheet(IServiceScopeFactory scopes, ILoggerFactory loggers)
{
    internal const string Route = "/theme.{hash}.css";

    private readonly Lazy<Task<Sheet>> _sheet = new(() => MakeAsync(scopes, loggers));

    /// <summary>Changes with the content, so that a browser may keep the file for good.</summary>
    public async Task<string> GetAddressAsync() => (await _sheet.Value).Address;

    internal async Task SendAsync(HttpContext context)
    {
        var sheet = await _sheet.Value;
        context.Response.ContentType = "text/css; charset=utf-8";
        context.Response.Headers.CacheControl = context.Request.Path == sheet.Address ? "public, max-age=31536000, immutable" : "no-cache";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var isSmall = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase);
        if (isSmall)
        {
            context.Response.Headers.ContentEncoding = "br";
        }

        var body = isSmall ? sheet.Brotli : sheet.Plain;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static async Task<Sheet> MakeAsync(IServiceScopeFactory scopes, ILoggerFactory loggers)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        var css = string.Join('\n', await RulesAsync(isDark: false), await RulesAsync(isDark: true));
        var plain = Encoding.UTF8.GetBytes(css);
        using var small = new MemoryStream();
        await using (var brotli = new BrotliStream(small, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await brotli.WriteAsync(plain);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(plain))[..12];
        return new Sheet(Route.Replace("{hash}", hash, StringComparison.Ordinal), plain, small.ToArray());

        Task<string> RulesAsync(bool isDark) => renderer.Dispatcher.InvokeAsync(async () =>
        {
            var provider = await renderer.RenderComponentAsync<MudThemeProvider>(ParameterView.FromDictionary(
                new Dictionary<string, object?>
            {
                [nameof(MudThemeProvider.Theme)] = HouseTheme.Theme,
                [nameof(MudThemeProvider.IsDarkMode)] = isDark,
                [nameof(MudThemeProvider.DefaultScrollbar)] = true,
            }));
            return ToRules(provider.ToHtmlString(), isDark ? ":root[data-theme=\"dark\"]" : ":root");
        });
    }

    /// <summary>The content of the provider's style elements, under this selector in place of <c>:root</c>.</summary>
    internal static string ToRules(string html, string selector)
    {
        var rules = new StringBuilder();
        for (var at = html.IndexOf("<style", StringComparison.Ordinal); at >= 0;)
        {
            var start = html.IndexOf('>', at) + 1; // after the element's attributes
            var end = html.IndexOf("</style>", start, StringComparison.Ordinal);
            rules.Append(html.AsSpan(start, end - start));
            at = html.IndexOf("<style", end, StringComparison.Ordinal);
        }

        return rules.Replace(":root", selector).ToString();
    }

    private sealed record Sheet(string Address, byte[] Plain, byte[] Brotli);
}
