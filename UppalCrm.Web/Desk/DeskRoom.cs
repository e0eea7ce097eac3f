namespace UppalCrm.Web.Desk;

/// <summary>Wires the room: the call in hand, one per circuit, and the news of waiting calls, one per node.</summary>
public static class DeskRoom
{
    public static WebApplicationBuilder AddDesk(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<CallInHand>();
        builder.Services.AddSingleton<OfferNews>();
        builder.Services.AddHostedService(s => s.GetRequiredService<OfferNews>());
        return builder;
    }
}
