namespace UppalCrm.Web.Layout;

/// <summary>Where the simulator's phone network can be opened; null when calls go to a real carrier.</summary>
public sealed record PhoneNetworkLink(Uri? Address)
{
    public bool IsSimulated => Address is not null;
}
