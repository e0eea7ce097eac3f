using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// The account we call with and the address it calls us at. Read from the environment names that Twilio's own guides use;
/// <c>appsettings.json</c> may hold the same names.
/// </summary>
/// <remarks>
/// None of the five account settings, in Development: the account is a made-up one of this process, shared only with the simulator
/// that runs beside it. Some of the five: a mistake, and the start says which are missing.
/// </remarks>
public sealed class TwilioOptions
{
    public const string AccountSidName = "TWILIO_ACCOUNT_SID";
    public const string AuthTokenName = "TWILIO_AUTH_TOKEN";
    public const string ApiKeyName = "TWILIO_API_KEY";
    public const string ApiSecretName = "TWILIO_API_SECRET";
    public const string AppSidName = "TWILIO_TWIML_APP_SID";
    public const string PhoneNumberName = "TWILIO_PHONE_NUMBER";
    public const string ApiUrlName = "TWILIO_API_URL";
    public const string BaseUrlName = "API_BASE_URL";

    /// <summary>Where Twilio's REST API lives unless <c>TWILIO_API_URL</c> says otherwise.</summary>
    public const string TwilioApiUrl = "https://api.twilio.com";

    /// <summary>Where the simulator listens unless <c>TWILIO_API_URL</c> says otherwise.</summary>
    public const string SimulatorUrl = "http://localhost:5090";

    private const string SimulatorNumber = "+14155550100";

    /// <summary>The account, <c>AC</c> and 32 hexadecimal digits.</summary>
    public string AccountSid { get; set; } = "";

    /// <summary>The account's primary token. It signs webhooks; nothing else uses it.</summary>
    public string AuthToken { get; set; } = "";

    /// <summary>The API key for REST and access tokens, <c>SK</c> and 32 hexadecimal digits.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>The API key's secret. It signs access tokens and opens the REST API.</summary>
    public string ApiSecret { get; set; } = "";

    /// <summary>The TwiML application that the softphone's calls go through, <c>AP</c> and 32 hexadecimal digits.</summary>
    public string AppSid { get; set; } = "";

    /// <summary>Our numbers in E.164. The first is the caller id of outbound calls.</summary>
    public IReadOnlyList<string> PhoneNumbers { get; set; } = [];

    /// <summary>
    /// The address Twilio sees, e.g. <c>https://crm.example.com</c>, without a slash at the end. Kept as text, letter for letter:
    /// signatures are computed over what was configured, and <see cref="Uri"/> would change the host's letter case.
    /// </summary>
    public string PublicBaseUrl { get; set; } = "";

    /// <summary>The REST base without a slash at the end.</summary>
    public string ApiUrl { get; set; } = TwilioApiUrl;

    /// <summary>No account is configured, so this process must start the simulator itself.</summary>
    public bool StartsSimulator { get; set; }

    /// <summary>REST goes to a simulator (ours, or one started by hand) and not to Twilio.</summary>
    public bool IsSimulated => IsLoopback(ApiUrl);

    /// <summary>The number that customers see when we call.</summary>
    public string CallerId => PhoneNumbers[0];

    /// <summary>An address of ours as Twilio must call it.</summary>
    /// <param name="pathAndQuery">With a slash in front, already encoded.</param>
    public string PublicUrl(string pathAndQuery) => PublicBaseUrl + pathAndQuery;

    /// <summary>Fills the options from the environment names.</summary>
    internal static void Fill(TwilioOptions options, IConfiguration settings, IHostEnvironment environment)
    {
        options.AccountSid = Setting(AccountSidName);
        options.AuthToken = Setting(AuthTokenName);
        options.ApiKey = Setting(ApiKeyName);
        options.ApiSecret = Setting(ApiSecretName);
        options.AppSid = Setting(AppSidName);
        options.PhoneNumbers = Setting(PhoneNumberName)
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        options.PublicBaseUrl = Setting(BaseUrlName).TrimEnd('/');
        options.StartsSimulator = environment.IsDevelopment() && options.AccountSettings().All(setting => setting.Value.Length == 0);
        options.ApiUrl = Setting(ApiUrlName) is { Length: > 0 } apiUrl
            ? apiUrl.TrimEnd('/')
            : options.StartsSimulator ? SimulatorUrl : TwilioApiUrl;

        if (options.StartsSimulator)
        {
            MakeUpAnAccount(options);
        }

        if (options.IsSimulated && options.PublicBaseUrl.Length == 0)
        {
            options.PublicBaseUrl = OwnAddress(settings); // A simulator on this machine reaches us where we listen.
        }

        string Setting(string name) => settings[name]?.Trim() ?? "";
    }

    /// <summary>The five that come together or not at all.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> AccountSettings() =>
    [
        new(AccountSidName, AccountSid),
        new(AuthTokenName, AuthToken),
        new(ApiKeyName, ApiKey),
        new(ApiSecretName, ApiSecret),
        new(AppSidName, AppSid),
    ];

    internal static bool IsLoopback(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IsLoopback;

    private static void MakeUpAnAccount(TwilioOptions options)
    {
        options.AccountSid = "AC" + new string('5', 32);
        options.ApiKey = "SK" + new string('5', 32);
        options.AppSid = "AP" + new string('5', 32);

        // New at every start: a webhook signed with a secret that anybody can read in the source must not be believed.
        options.AuthToken = RandomNumberGenerator.GetHexString(32, lowercase: true);
        options.ApiSecret = RandomNumberGenerator.GetHexString(32, lowercase: true);

        if (options.PhoneNumbers.Count == 0)
        {
            options.PhoneNumbers = [SimulatorNumber];
        }
    }

    /// <summary>Our first plain address, as a caller on this machine writes it.</summary>
    private static string OwnAddress(IConfiguration settings)
    {
        var urls = settings["urls"] ?? settings["ASPNETCORE_URLS"] ?? "";
        var first = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase));
        if (first is null)
        {
            return "http://localhost:5080";
        }

        // Addresses that mean "every interface" are no host that a caller can name.
        return Regex.Replace(
            first.TrimEnd('/'), @"//(?:\*|\+|0\.0\.0\.0|\[::\])(?=:|$)", "//localhost", RegexOptions.None, TimeSpan.FromSeconds(1));
    }
}

/// <summary>Finds everything that is wrong with the settings at once, each with its cure. No secret is in any sentence.</summary>
public sealed partial class TwilioOptionsCheck(IHostEnvironment environment) : IValidateOptions<TwilioOptions>
{
    public ValidateOptionsResult Validate(string? name, TwilioOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Failures(TwilioOptions options)
    {
        var account = options.AccountSettings();
        var missing = account.Where(setting => setting.Value.Length == 0).Select(setting => setting.Key).ToList();
        if (missing.Count == account.Count)
        {
            yield return $"No Twilio account is configured. Set {string.Join(", ", missing)} (console.twilio.com), "
                + "or run with ASPNETCORE_ENVIRONMENT=Development to use the simulator.";
            yield break; // The rest would only repeat it.
        }

        if (missing.Count > 0)
        {
            yield return $"The Twilio account is half configured. Also set {string.Join(", ", missing)}; "
                + "or remove the others to use the simulator in Development.";
        }

        foreach (var failure in ShapeFailures(options))
        {
            yield return failure;
        }

        foreach (var failure in AddressFailures(options))
        {
            yield return failure;
        }
    }

    private static IEnumerable<string> ShapeFailures(TwilioOptions options)
    {
        if (IsWrongSid(options.AccountSid, "AC"))
        {
            yield return $"{TwilioOptions.AccountSidName} must be AC and 32 hexadecimal digits. Copy \"Account SID\" from "
                + "console.twilio.com.";
        }

        if (IsWrongSid(options.ApiKey, "SK"))
        {
            yield return $"{TwilioOptions.ApiKeyName} must be SK and 32 hexadecimal digits. Create a standard API key "
                + "under Account > API keys & tokens.";
        }

        if (IsWrongSid(options.AppSid, "AP"))
        {
            yield return $"{TwilioOptions.AppSidName} must be AP and 32 hexadecimal digits. Create a TwiML App under Voice > TwiML "
                + "Apps and copy its SID.";
        }

        if (options.PhoneNumbers.Count == 0)
        {
            yield return $"{TwilioOptions.PhoneNumberName} is missing. Set our number in E.164, e.g. +14155550100; several are "
                + "separated by commas, the first is the caller id.";
        }

        foreach (var number in options.PhoneNumbers.Where(number => !E164().IsMatch(number)))
        {
            yield return $"{TwilioOptions.PhoneNumberName} holds a value ending in \"{LastFour(number)}\" that is not E.164. Write + "
                + "and country code and number without spaces, e.g. +14155550100.";
        }
    }

    private IEnumerable<string> AddressFailures(TwilioOptions options)
    {
        if (options.PublicBaseUrl.Length == 0)
        {
            yield return $"{TwilioOptions.BaseUrlName} is missing. Set the public address at which Twilio reaches this application, "
                + "e.g. https://crm.example.com.";
        }
        else if (IsNotAWebAddress(options.PublicBaseUrl))
        {
            yield return $"{TwilioOptions.BaseUrlName} must be an absolute http or https address without user, query or fragment, "
                + "e.g. https://crm.example.com.";
        }
        else if (environment.IsProduction() && !IsHttps(options.PublicBaseUrl) && !TwilioOptions.IsLoopback(options.PublicBaseUrl))
        {
            yield return $"{TwilioOptions.BaseUrlName} must be https in Production: webhooks carry phone numbers. Put TLS in front "
                + "and use the https address.";
        }
        else if (options.StartsSimulator && !TwilioOptions.IsLoopback(options.PublicBaseUrl))
        {
            yield return $"{TwilioOptions.BaseUrlName} is a public address, but no Twilio account is configured. Set the TWILIO_* "
                + $"settings, or remove {TwilioOptions.BaseUrlName} to use the simulator.";
        }

        if (IsNotAWebAddress(options.ApiUrl))
        {
            yield return $"{TwilioOptions.ApiUrlName} must be an absolute address, e.g. {TwilioOptions.TwilioApiUrl}; leave it out "
                + "to use Twilio's.";
        }
        else if (!IsHttps(options.ApiUrl) && !TwilioOptions.IsLoopback(options.ApiUrl))
        {
            yield return $"{TwilioOptions.ApiUrlName} must be https: the API secret travels to it. Plain http is for a simulator on "
                + "this machine.";
        }
        else if (options.StartsSimulator && !TwilioOptions.IsLoopback(options.ApiUrl))
        {
            yield return $"{TwilioOptions.ApiUrlName} is not on this machine, but no Twilio account is configured. Set the TWILIO_* "
                + $"settings, or remove {TwilioOptions.ApiUrlName} to use the simulator.";
        }
    }

    /// <summary>An empty one is reported as missing, not as badly shaped.</summary>
    private static bool IsWrongSid(string value, string prefix) =>
        value.Length > 0
        && !(value.Length == 34 && value.StartsWith(prefix, StringComparison.Ordinal) && value.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0);

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private static bool IsNotAWebAddress(string value) =>
        !Uri.TryCreate(value, UriKind.Absolute, out var uri)
        || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0;

    private static bool IsHttps(string url) => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string LastFour(string number) => number.Length <= 4 ? number : number[^4..];

    [GeneratedRegex(@"^\+[1-9]\d{1,14}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex E164();
}
