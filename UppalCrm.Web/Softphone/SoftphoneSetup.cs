namespace UppalCrm.Web.Softphone;

/// <summary>Wires the room: one phone and one reader of numbers per circuit.</summary>
public static class SoftphoneSetup
{
    /// <summary>Adds <see cref="AgentPhone"/> and <see cref="PhoneNumbers"/>.</summary>
    public static IServiceCollection AddSoftphone(this IServiceCollection services) =>
        services.AddScoped<AgentPhone>().AddScoped<PhoneNumbers>();
}
