using Microsoft.AspNetCore.Http.HttpResults;

namespace UppalCrm.Web.SignIn;

/// <summary>
/// A second look at who is there, before what a stranger at an unlocked machine must not do: downloads, settings and people. The password
/// or
/// a code of the second factor counts for half an hour.
/// </summary>
internal static class SecondLook
{
    public const string Page = "/prove";

    /// <summary>For pages that are open already.</summary>
    public static readonly string Words =
        $"Show once more that it is you: this was not asked for {SignInSessions.ProofLasts.TotalMinutes:0} minutes.";

    /// <summary>The page that asks, and where to go on afterwards.</summary>
    public static string AddressFor(string returnUrl) => $"{Page}?returnUrl={Uri.EscapeDataString(returnUrl)}";

    /// <summary>For the script: 204 when a download may begin, 403 when it would be asked first.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Page + "/needed", (HttpContext http, SignInSessions sessions) =>
        http.Items[typeof(SignInSession)] is SignInSession session && sessions.IsProven(session)
            ? TypedResults.NoContent() : (IResult)TypedResults.StatusCode(StatusCodes.Status403Forbidden));

    /// <summary>Asks before a download begins.</summary>
    public static RouteHandlerBuilder RequireSecondLook(this RouteHandlerBuilder download) =>
        download.AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        var sessions = http.RequestServices.GetRequiredService<SignInSessions>();
        return http.Items[typeof(SignInSession)] is not SignInSession session || sessions.IsProven(session) ? await next(context)
            : http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)
            ? TypedResults.LocalRedirect(AddressFor(http.Request.Path + http.Request.QueryString))
            : TypedResults.Text(Words, statusCode: StatusCodes.Status403Forbidden);
    });
}
