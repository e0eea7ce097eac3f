using System.Reflection;
using System.Text.RegularExpressions;
using MudBlazor;

namespace UppalCrm.Web.Layout;

/// <summary>
/// MudBlazor's style sheet and script. The build makes compressed copies of a package's files under their plain names only, not under
/// those with a fingerprint; the plain names are answered with "ask again each time". So: the plain name with the version behind it,
/// which a browser may keep for good. So are the parts of our own script, which esbuild names by their content.
/// </summary>
internal static partial class LibraryFiles
{
    private const string Folder = "/_content/MudBlazor/";

    private static readonly string Version =
        typeof(MudComponentBase).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static string AddressOf(string name) => $"{Folder}{name}?v={Version}";

    public static WebApplication UseLibraryFiles(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (IsKept(context.Request))
            {
                context.Response.OnStarting(() =>
                {
                    if (context.Response.StatusCode is StatusCodes.Status200OK or StatusCodes.Status304NotModified)
                    {
                        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                    }

                    return Task.CompletedTask;
                });
            }

            return next(context);
        });
        return app;
    }

    private static bool IsKept(HttpRequest request) =>
        request.Path.StartsWithSegments(Folder.TrimEnd('/'), StringComparison.Ordinal)
            ? request.Query["v"] == Version
            : NamedByContent().IsMatch(request.Path.Value ?? "");

    [GeneratedRegex("^/js/[a-z]+-[A-Z0-9]{8}\\.js$", RegexOptions.CultureInvariant)]
    private static partial Regex NamedByContent();
}
