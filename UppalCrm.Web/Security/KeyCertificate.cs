using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Web.Security;

/// <summary>
/// The certificate that encrypts the keys of cookies and second factors. The keys lie in the database, the certificate beside it in a
/// file of its own: a copy of the database alone signs nobody in.
/// </summary>
internal static class KeyCertificate
{
    /// <summary>Encrypts the keys with the certificate that <c>Keys__Certificate</c> names; without that setting one is made.</summary>
    public static void Protect(IDataProtectionBuilder keys, IConfiguration settings, IHostEnvironment environment)
    {
        X509Certificate2 certificate;
        var named = settings["Keys:Certificate"]?.Trim();
        var isNamed = !string.IsNullOrEmpty(named);
        var file = isNamed ? named! : DefaultFile(settings, environment);
        try
        {
            certificate = File.Exists(file) || isNamed
                ? X509CertificateLoader.LoadPkcs12FromFile(file, settings["Keys:Password"])
                : Make(file);
        }
        catch (Exception ex) when (ex is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // Said when the start is checked, beside everything else that is wrong.
            keys.Services.AddSingleton(new KeyCertificateFailure(
                $"The certificate {file}, which encrypts the keys of sign-ins, could not be read: {ex.Message} Set Keys__Certificate to a "
                    + "PKCS#12 file (.pfx) outside the database and Keys__Password to its password, or let UppalCRM write one there."));
            return;
        }

        keys.ProtectKeysWithCertificate(certificate).UnprotectKeysWithAnyCertificate(certificate);
    }

    /// <summary>Removes keys that are readable in the database: those of a Development start.</summary>
    /// <exception cref="KeyCertificateException">No certificate, or the database's keys were encrypted by another one.</exception>
    public static async Task CheckAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (services.GetService<KeyCertificateFailure>() is { } failure)
        {
            throw new KeyCertificateException(failure.Words);
        }

        await using (var scope = services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<CrmDbContext>().DataProtectionKeys
                .Where(k => k.Xml != null && !k.Xml.Contains("EncryptedData") && !k.Xml.Contains("<revocation"))
                .ExecuteDeleteAsync(cancellationToken);
        }

        var newest = services.GetRequiredService<IKeyManager>().GetAllKeys().Where(key => !key.IsRevoked).MaxBy(key => key.CreationDate);
        try
        {
            newest?.CreateEncryptor();
        }
        catch (CryptographicException)
        {
            throw new KeyCertificateException(
                "The keys of sign-ins in this database were encrypted by another certificate. Copy the .pfx file that was beside the "
                    + "database of before (or on the other node) and name it by Keys__Certificate. "
                + "If it is lost, delete the rows of data_protection_keys and second_factors: everybody signs in again and sets up the "
                + "second factor again.");
        }
    }

    private static string DefaultFile(IConfiguration settings, IHostEnvironment environment) =>
        Path.Combine(DataFiles.Folder(settings, environment), "uppalcrm-keys.pfx");

    private static X509Certificate2 Make(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using var key = RSA.Create(3072);
        var request = new CertificateRequest("CN=UppalCRM keys", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(100));
        var bytes = made.Export(X509ContentType.Pkcs12);
        try
        {
            using var stream = DataFiles.CreatePrivate(file);
            stream.Write(bytes);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process was first: its file counts.
        }

        return X509CertificateLoader.LoadPkcs12FromFile(file, password: null);
    }
}

internal sealed record KeyCertificateFailure(string Words);

/// <summary>The keys of sign-ins cannot be protected or read; the message has the cure.</summary>
public sealed class KeyCertificateException(string message) : Exception(message);

/// <summary>Encrypts the secrets of authenticator apps by the keys that the certificate protects.</summary>
internal sealed class SecretProtector(IDataProtectionProvider protection) : ISecretProtector
{
    private readonly IDataProtector _protector = protection.CreateProtector("UppalCRM second factor");

    public string Protect(byte[] secret) => Convert.ToBase64String(_protector.Protect(secret));

    public byte[] Unprotect(string text) => _protector.Unprotect(Convert.FromBase64String(text));
}

/// <summary>The files that hold people's data: nobody else on this machine reads them.</summary>
internal static class DataFiles
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <returns>The folder of the SQLite file; the folder for data when the database is a server's.</returns>
    public static string Folder(IConfiguration settings, IHostEnvironment environment) =>
        SqliteFile(settings, environment) is { } file ? Path.GetDirectoryName(Path.GetFullPath(file))! : Default(environment);

    /// <summary>
    /// Makes the database's files readable for the user who runs UppalCRM only. A new file is made so from its first byte on.
    /// </summary>
    public static void Close(IConfiguration settings, IHostEnvironment environment)
    {
        if (OperatingSystem.IsWindows() || SqliteFile(settings, environment) is not { } file)
        {
            return; // On Windows the folder's own rights are what counts.
        }

        Directory.CreateDirectory(Folder(settings, environment));
        if (!File.Exists(file))
        {
            CreatePrivate(file).Dispose();
        }

        foreach (var part in new[] { file, file + "-wal", file + "-shm" }.Where(File.Exists))
        {
            File.SetUnixFileMode(part, Private);
        }
    }

    /// <exception cref="IOException">The file exists.</exception>
    public static FileStream CreatePrivate(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        return new FileStream(file, options);
    }

    private static string Default(IHostEnvironment environment) => Path.Combine(environment.ContentRootPath, "App_Data");

    private static string? SqliteFile(IConfiguration settings, IHostEnvironment environment)
    {
        if ((settings["Database:Provider"] ?? "Sqlite") != "Sqlite")
        {
            return null;
        }

        if (settings.GetConnectionString("UppalCrm") is not { } connection)
        {
            return Path.Combine(Default(environment), "uppalcrm.db");
        }

        try
        {
            return new SqliteConnectionStringBuilder(connection).DataSource is { Length: > 0 } file && file[0] != ':' ? file : null;
        }
        catch (ArgumentException)
        {
            return null; // said when the database is opened
        }
    }
}
