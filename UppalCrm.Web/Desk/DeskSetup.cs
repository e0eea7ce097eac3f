namespace UppalCrm.Web.Desk;

/// <summary>Wires the room: the call in hand, one per circuit, and the news of waiting calls, one per node.</summary>
public static class DeskSetup
{
    public static WebApplicationBuilder AddDesk(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<ActiveCall>();
        builder.Services.AddSingleton<OfferNotifications>();
        builder.Services.AddHostedService(s => s.GetRequiredService<OfferNotifications>());
        return builder;
    }
}
