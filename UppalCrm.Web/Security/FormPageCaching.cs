namespace UppalCrm.Web.Security;

/// <summary>How a page with a form is kept out of caches.</summary>
internal static class FormPageCaching
{
    // In antiforgery's own words: for each page that says less it writes a warning to the log.
    public static void KeepOutOfCaches(this HttpResponse response) => response.Headers.CacheControl = "no-cache, no-store";
}
