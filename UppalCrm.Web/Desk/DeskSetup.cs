namespace UppalCrm.Web.Desk;

/// <summary>Wires the room: the agent's call, one per circuit.</summary>
public static class DeskSetup
{
    public static WebApplicationBuilder AddDesk(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<ActiveCall>();
        return builder;
    }
}
