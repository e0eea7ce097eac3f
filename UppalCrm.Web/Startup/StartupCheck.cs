using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Security;
using UppalCrm.Web.SignIn;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Web.Startup;

/// <summary>Looks for everything that keeps the house from starting, so that all of it can be mended in one go.</summary>
public static class StartupCheck
{
    /// <summary>Checks the settings and makes the database ready.</summary>
    /// <exception cref="StartupCheckException">Something is wrong; it lists everything that is.</exception>
    public static async Task PrepareAsync(this WebApplication app, Func<IServiceProvider, CancellationToken, Task> prepare)
    {
        var failures = new List<string>();
        try
        {
            app.Services.GetService<IStartupValidator>()?.Validate();
        }
        catch (Exception ex) when (Failures(ex) is { Count: > 0 } found)
        {
            failures.AddRange(found);
        }

        failures.AddRange(app.Services.GetRequiredService<OwnHosts>().Failures());
        failures.AddRange(
            ListenCheck.Failures(app.Configuration, app.Environment, app.Services.GetRequiredService<IOptions<ProxyOptions>>()));
        try
        {
            DataFiles.Close(app.Configuration, app.Environment);
            await app.Services.PrepareDatabaseAsync(async (services, cancellationToken) =>
            {
                DataFiles.Close(app.Configuration, app.Environment);
                await prepare(services, cancellationToken);
            });
        }
        catch (Exception ex) when (ex is UnusableDatabaseException or AccountRefusedException or KeyCertificateException)
        {
            failures.Add(ex.Message);
        }
        catch (Exception ex) when (DatabaseFailure.Explain(ex) is { } words)
        {
            failures.Add(words);
        }

        if (failures.Count > 0)
        {
            throw new StartupCheckException(failures);
        }
    }

    /// <summary>
    /// Starts the simulator beside us when no account is configured (Development only), with an account made up for this run.
    /// </summary>
    /// <returns>Null when calls go elsewhere.</returns>
    /// <exception cref="StartupCheckException">Its address is taken.</exception>
    public static async Task<T?> StartSimulatorAsync<T>(this WebApplication app, Func<TwilioOptions, Task<T>> start)
        where T : class
    {
        var account = app.Services.GetRequiredService<IOptions<TwilioOptions>>().Value;
        if (!account.StartsSimulator)
        {
            return null;
        }

        try
        {
            return await start(account);
        }
        catch (Exception ex) when (ex is IOException or ArgumentException)
        {
            throw new StartupCheckException(
                [$"The simulator could not start at {account.ApiUrl}: {ex.Message} Stop the program that is there, or choose another "
                    + $"address with {TwilioOptions.ApiUrlName}, e.g. {TwilioOptions.ApiUrlName}=http://localhost:5095."]);
        }
    }

    /// <returns>What went wrong, each with its cure; null when it is nothing that a setting can mend.</returns>
    public static IReadOnlyList<string>? Explain(Exception exception, IConfiguration settings) => exception switch
    {
        StartupCheckException bad => bad.Failures,
        IOException { InnerException: AddressInUseException } =>
            [$"The address {settings["urls"]} is taken by another program. Stop it, or choose another address with ASPNETCORE_URLS, e.g. "
                + "ASPNETCORE_URLS=http://localhost:5085."],
        _ when IsAboutCertificate(exception, settings) =>
            [$"The certificate for https could not be read: {exception.Message} Check Kestrel__Certificates__Default__Path and its "
                + "KeyPath or Password, and that the file can be read by the user who runs UppalCRM; or put a TLS proxy in front and "
                + "listen at http://localhost:5080 (docs/operate.md)."],
        _ => Failures(exception) is { Count: > 0 } found ? found : null,
    };

    // What Kestrel throws for a certificate that is missing, of no use or behind a wrong password has no type of its own.
    private static bool IsAboutCertificate(Exception exception, IConfiguration settings) =>
        exception is CryptographicException or FileNotFoundException or DirectoryNotFoundException
            or InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" }
        && ((settings["urls"] ?? settings["https_ports"])?.Length > 0 || settings.GetSection("Kestrel").Exists());

    public static void Print(IReadOnlyList<string> failures, TextWriter to)
    {
        to.WriteLine();
        to.WriteLine(failures.Count == 1 ? "UppalCRM cannot start:" : $"UppalCRM cannot start, for {failures.Count} reasons:");
        foreach (var failure in failures)
        {
            to.WriteLine("  - " + failure);
        }

        to.WriteLine();
    }

    private static List<string> Failures(Exception exception) => exception switch
    {
        OptionsValidationException options => [.. options.Failures],
        AggregateException all => [.. all.InnerExceptions.SelectMany(Failures)],
        // What is thrown for a value that is no number, time or word of the list has no type of its own.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } misread =>
            [$"{misread.Message} Correct it: README.md, Settings you may want, has what it may be."],
        _ => [],
    };
}

/// <summary>The house cannot start; <see cref="Failures"/> says why and what to do.</summary>
public sealed class StartupCheckException(IReadOnlyList<string> failures) : Exception(string.Join(Environment.NewLine, failures))
{
    public IReadOnlyList<string> Failures { get; } = failures;
}
