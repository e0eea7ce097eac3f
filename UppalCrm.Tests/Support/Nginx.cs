using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UppalCrm.Tests.Conventions;

namespace UppalCrm.Tests.Support;

/// <summary>A certificate for localhost, made for one test, as the two PEM files that servers read.</summary>
public sealed class TestCertificate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-tls-").FullName;

    public TestCertificate(TimeProvider time)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddDays(1));
        Thumbprint = certificate.Thumbprint;
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    public string Thumbprint { get; }

    public string CertificateFile => Path.Combine(_folder, "certificate.pem");

    public string KeyFile => Path.Combine(_folder, "key.pem");

    /// <summary>Believes this certificate and no other.</summary>
    public bool IsThis(X509Certificate? certificate) => certificate?.GetCertHashString() == Thumbprint;

    /// <summary>A browser that keeps cookies, shows redirects and believes this certificate.</summary>
    public HttpClient OpenBrowser(string address, CookieContainer? cookies = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, CookieContainer = cookies ?? new CookieContainer(), UseProxy = false,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => IsThis(certificate);
        return new HttpClient(handler) { BaseAddress = new Uri(address) };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>
/// Debian's nginx with the very configurations that docs/operate/nginx.conf (one node) and deploy/nginx.conf (two) give, but for names,
/// ports and files.
/// </summary>
public sealed class Nginx : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private Nginx(string folder, Process process, int port) => (_folder, _process, Port) = (folder, process, port);

    public int Port { get; }

    public string Address => $"https://localhost:{Port}";

    /// <param name="port">Where it listens with TLS.</param>
    /// <param name="app">Where the app listens.</param>
    /// <param name="change">A mistake to make in the configuration.</param>
    public static Task<Nginx> StartAsync(int port, string app, TestCertificate certificate, Func<string, string>? change = null) =>
        OpenAsync(port, Path.Combine("docs", "operate", "nginx.conf"), certificate, site =>
        {
            site = site.Replace("http://127.0.0.1:5080", app, StringComparison.Ordinal);
            return change?.Invoke(site) ?? site;
        });

    /// <summary>In front of two nodes, with the configuration that deploy/nginx.conf gives.</summary>
    /// <param name="nodes">The ports of the nodes on this machine.</param>
    /// <param name="carrier">
    /// A port without TLS for the carrier that the test plays: it does not know the test's certificate. Each answer says in the header
    /// <c>X-Node</c> which node gave it.
    /// </param>
    public static Task<Nginx> InFrontOfAsync((int First, int Second) nodes, int port, int carrier, TestCertificate certificate) =>
        OpenAsync(port, Path.Combine("deploy", "nginx.conf"), certificate, site => site
            .Replace("127.0.0.1:5081", $"127.0.0.1:{nodes.First}", StringComparison.Ordinal)
            .Replace("127.0.0.1:5082", $"127.0.0.1:{nodes.Second}", StringComparison.Ordinal)
            .Replace(
                $"listen 127.0.0.1:{port} ssl;", $"listen 127.0.0.1:{port} ssl;\n  listen 127.0.0.1:{carrier};", StringComparison.Ordinal)
            .Replace(
                "add_header Set-Cookie", "add_header X-Node $upstream_addr always;\n    add_header Set-Cookie", StringComparison.Ordinal));

    private static async Task<Nginx> OpenAsync(int port, string configuration, TestCertificate certificate, Func<string, string> change)
    {
        var folder = Directory.CreateTempSubdirectory("uppalcrm-nginx-").FullName;
        var documented = await File.ReadAllTextAsync(Path.Combine(Repository.Root, configuration), TestContext.Current.CancellationToken);
        var site = documented
            .Replace("  listen [::]:80;\n", "", StringComparison.Ordinal)
            .Replace("  listen [::]:443 ssl;\n", "", StringComparison.Ordinal)
            .Replace("listen 80;", $"listen 127.0.0.1:{Ports.Free()};", StringComparison.Ordinal)
            .Replace("listen 443 ssl;", $"listen 127.0.0.1:{port} ssl;", StringComparison.Ordinal)
            .Replace("/etc/letsencrypt/live/crm.example.com/fullchain.pem", certificate.CertificateFile, StringComparison.Ordinal)
            .Replace("/etc/letsencrypt/live/crm.example.com/privkey.pem", certificate.KeyFile, StringComparison.Ordinal)
            .Replace("crm.example.com", "localhost", StringComparison.Ordinal);
        var bodies = string.Join(
            ' ', new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(what => $"{what}_temp_path {folder}/{what};"));
        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(
            file,
            $"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\nhttp "
                + $"{{\naccess_log off;\n{bodies}\n{change(site)}\n}}\n",
            TestContext.Current.CancellationToken);
        Process process;
        try
        {
            process = Process.Start(
                new ProcessStartInfo(File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx", ["-p", folder, "-c", file])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception ex)
        {
            throw new InvalidOperationException(
                "nginx was not found: install it (sudo apt-get install nginx-light), or let ./test.sh do it.", ex);
        }

        var said = new StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (said)
            {
                said.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
        var nginx = new Nginx(folder, process, port);
        await Eventually.HoldsAsync(() => ListensAsync(port), () =>
        {
            lock (said)
            {
                return $"nginx answers at port {port} (it {(process.HasExited ? "has ended" : "runs")}). It said: {said}";
            }
        });
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> ListensAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
