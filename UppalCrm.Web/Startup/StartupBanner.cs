using UppalCrm.Web.Layout;
using UppalCrm.Web.Security;
using UppalCrm.Web.Setup;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.Startup;

/// <summary>What a person who has just started the house reads on the console.</summary>
public static class StartupBanner
{
    public static async Task PrintAsync(IServiceProvider services, ICollection<string> addresses, TextWriter to)
    {
        to.WriteLine();
        to.WriteLine($"UppalCRM is open at {string.Join(", ", addresses)}");
        if (services.GetRequiredService<PublicAddress>() is { Uri: { IsLoopback: false } outside } known
            && !addresses.Any(address => Uri.TryCreate(address, UriKind.Absolute, out var own) && known.IsOrigin(own)))
        {
            to.WriteLine($"Others reach it at {outside.GetLeftPart(UriPartial.Authority)}");
        }

        if (services.GetRequiredService<PhoneNetworkLink>().Address is { } network)
        {
            to.WriteLine($"Calls go to the simulator, none to a real telephone. Open {network.GetLeftPart(UriPartial.Authority)} in a "
                + "second tab for its phones.");
        }

        var demo = services.GetRequiredService<DemoUsers>();
        if (demo.Disabled > 0)
        {
            to.WriteLine($"{demo.Disabled} demo accounts with the public password were in this database. They are disabled now.");
        }

        if (demo.Enabled)
        {
            to.WriteLine();
            to.WriteLine($"Demo users, password of all: {DemoUsers.Password}");
            foreach (var user in DemoUsers.All)
            {
                to.WriteLine($"  {user.Email,-24}{user.Name} ({user.Role})");
            }
        }
        else if (await services.GetRequiredService<FirstAdministrator>().IsMissingAsync(CancellationToken.None))
        {
            to.WriteLine(FirstAdministrator.Cure);
            to.WriteLine($"Or open this link, good once and for a day: "
                + $"{await services.GetRequiredService<SetUpLink>().MakeAsync(addresses.FirstOrDefault(), CancellationToken.None)}");
        }

        to.WriteLine();
    }
}
