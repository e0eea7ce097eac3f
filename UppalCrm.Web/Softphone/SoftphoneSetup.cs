namespace UppalCrm.Web.Softphone;

/// <summary>Wires the room: one phone per circuit.</summary>
public static class SoftphoneSetup
{
    /// <summary>Adds <see cref="AgentPhone"/>.</summary>
    public static IServiceCollection AddSoftphone(this IServiceCollection services) =>
        services.AddScoped<AgentPhone>();
}
