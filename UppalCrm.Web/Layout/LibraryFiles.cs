using System.Reflection;
using MudBlazor;

namespace UppalCrm.Web.Layout;

/// <summary>
/// MudBlazor's style sheet and script. The build makes compressed copies of a package's files under their plain names only, not under
/// those with a fingerprint; the plain names are answered with "ask again each time". So: the plain name with the version behind it,
/// which a browser may keep for good.
/// </summary>
internal static class LibraryFiles
{
    private const string Folder = "/_content/MudBlazor/";

    private static readonly string Version =
        typeof(MudComponentBase).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static string AddressOf(string name) => $"{Folder}{name}?v={Version}";

    public static WebApplication UseLibraryFiles(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments(Folder.TrimEnd('/'), StringComparison.Ordinal)
                && context.Request.Query["v"] == Version)
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
}
