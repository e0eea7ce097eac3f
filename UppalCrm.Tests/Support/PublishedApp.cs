using System.Diagnostics;
using System.Reflection;
using UppalCrm.Tests.Conventions;

namespace UppalCrm.Tests.Support;

/// <summary>
/// The program as docs/operate.md installs it: published into a folder that its user cannot write to, with its data in another. Where
/// the tests run as root its user is nobody, otherwise who runs the tests.
/// </summary>
public sealed class PublishedApp : IAsyncDisposable
{
    private const string Nobody = "65534";

    private static readonly bool IsRoot = Environment.IsPrivilegedProcess;

    // Not where temporary files of the tests are: that folder may be closed to other users.
    private readonly string _home = Path.Combine("/tmp", "uppalcrm-company-" + Path.GetRandomFileName());

    private PublishedApp()
    {
    }

    /// <summary>The program's own folder.</summary>
    public string Folder => Path.Combine(_home, "program");

    public string Data => Path.Combine(_home, "data");

    /// <summary>The certificate that the program trusts.</summary>
    private string Trusted => Path.Combine(_home, "trusted.pem");

    /// <summary>Publishes what was built together with these tests.</summary>
    /// <param name="certificate">Which the program trusts, as if a public authority had signed it.</param>
    public static async Task<PublishedApp> PublishAsync(TestCertificate certificate)
    {
        var app = new PublishedApp();
        var configuration = typeof(global::Program).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        try
        {
            await RunAsync("install", "-d", "-m", "0755", app._home);
            await RunAsync("install", ["-d", .. IsRoot ? ["-o", Nobody, "-g", Nobody] : Array.Empty<string>(), "-m", "0700", app.Data]);
            await RunAsync("install", "-m", "0644", certificate.CertificateFile, app.Trusted);
            await RunAsync(
                "dotnet", "publish", Path.Combine(Repository.Root, "UppalCrm.Web"), "--no-build", "-c", configuration, "-o", app.Folder,
                "-v", "quiet", "--nologo", "-nodeReuse:false");
            await RunAsync("chmod", "-R", "a=rX", app.Folder);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>How its user starts it, with nothing in the environment that a service has not.</summary>
    public ProcessStartInfo Start()
    {
        string[] command = AsItsUser("dotnet", Path.Combine(Folder, "UppalCrm.Web.dll"));
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = Folder };
        var runtime = start.Environment.Where(v => v.Key == "PATH" || v.Key.StartsWith("DOTNET_", StringComparison.Ordinal)).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in runtime)
        {
            start.Environment[name] = value;
        }

        start.Environment["HOME"] = start.Environment["TMPDIR"] = Data;
        start.Environment["SSL_CERT_FILE"] = Trusted;
        return start;
    }

    /// <summary>Whether the program's user may make a file in this folder.</summary>
    public static Task<bool> CanWriteAsync(string folder) => IsSoAsync("-w", folder);

    /// <summary>Whether the program's user has made this file.</summary>
    public static Task<bool> OwnsAsync(string file) => IsSoAsync("-O", file);

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(_home))
        {
            await RunAsync("chmod", "-R", "u+w", _home);
            Directory.Delete(_home, recursive: true);
        }
    }

    private static string[] AsItsUser(params string[] command) =>
        IsRoot ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--no-new-privs", .. command] : command;

    private static async Task<bool> IsSoAsync(string question, string file)
    {
        var (code, _) = await TryRunAsync(AsItsUser("test", question, file));
        return code == 0;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var (code, said) = await TryRunAsync([program, .. arguments]);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {said}");
    }

    private static async Task<(int Code, string Said)> TryRunAsync(string[] command)
    {
        using var process = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, said);
    }
}
