namespace UppalCrm.Web.Startup;

/// <summary>Where the house listens.</summary>
public static class DefaultUrls
{
    public const string Home = "http://localhost:5080";

    /// <summary>Unless <c>ASPNETCORE_URLS</c> or Kestrel's own settings say otherwise: <see cref="Home"/>.</summary>
    public static void ListenAtHomeByDefault(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        if (
            string.IsNullOrEmpty(settings["urls"]) && string.IsNullOrEmpty(settings["http_ports"])
                && string.IsNullOrEmpty(settings["https_ports"])
            && !settings.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(Home);
        }
    }
}
