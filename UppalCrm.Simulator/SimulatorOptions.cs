using System.Net;

namespace UppalCrm.Simulator;

/// <summary>A setting does not hold; the message says which, and how it is right.</summary>
public sealed class SimulatorSettingException(string message) : Exception(message);

/// <summary>
/// Everything the network must know of its one account. The defaults are well known on purpose: they open nothing but this
/// simulator.
/// </summary>
public sealed record SimulatorOptions
{
    /// <summary>Where it listens, e.g. <c>http://localhost:5090</c>. Loopback only; port 0 takes any free port.</summary>
    public string Urls { get; init; } = "http://localhost:5090";

    /// <summary><c>AC</c> and 32 hexadecimal digits.</summary>
    public string AccountSid { get; init; } = "AC00000000000000000000000000005090";

    /// <summary>Signs every webhook, and opens REST together with <see cref="AccountSid"/>.</summary>
    public string AuthToken { get; init; } = "5090feedfacecafe5090feedfacecafe";

    /// <summary><c>SK</c> and 32 hexadecimal digits; with <see cref="ApiSecret"/> it opens REST and signs access tokens.</summary>
    public string ApiKey { get; init; } = "SK00000000000000000000000000005090";

    /// <summary>The key's secret: access tokens are signed with it (HS256).</summary>
    public string ApiSecret { get; init; } = "simulatorSecretForLoopbackOnly00";

    /// <summary>The application of the softphones, <c>AP</c> and 32 hexadecimal digits.</summary>
    public string TwimlAppSid { get; init; } = "AP00000000000000000000000000005090";

    /// <summary>Our numbers, E.164; the first is the caller id.</summary>
    public IReadOnlyList<string> PhoneNumbers { get; init; } = ["+15005550006"];

    /// <summary>The voice webhook of every number and of the application; can be changed later by REST.</summary>
    public string VoiceUrl { get; init; } = "http://localhost:5080/api/twilio/webhook/voice";

    /// <summary>Where recordings are written. Without one: a new folder under the system's temporary folder, removed at the end.</summary>
    public string? RecordingsFolder { get; init; }

    /// <summary>The environment of a program that uses this network instead of Twilio.</summary>
    /// <param name="address">Where the network listens: <see cref="PhoneNetwork.Address"/>.</param>
    public IReadOnlyDictionary<string, string> ToSettings(Uri address) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["TWILIO_ACCOUNT_SID"] = AccountSid,
        ["TWILIO_AUTH_TOKEN"] = AuthToken,
        ["TWILIO_API_KEY"] = ApiKey,
        ["TWILIO_API_SECRET"] = ApiSecret,
        ["TWILIO_TWIML_APP_SID"] = TwimlAppSid,
        ["TWILIO_PHONE_NUMBER"] = string.Join(',', PhoneNumbers),
        ["TWILIO_API_URL"] = address.GetLeftPart(UriPartial.Authority),
    };

    /// <summary>From <c>SIMULATOR_*</c> and <c>ASPNETCORE_URLS</c>; what is not set keeps its default.</summary>
    /// <param name="read">Reads one environment variable; null or empty when it is not set.</param>
    public static SimulatorOptions FromEnvironment(Func<string, string?> read)
    {
        var options = new SimulatorOptions();
        string Or(string name, string otherwise) => read(name) is { Length: > 0 } value ? value : otherwise;

        return options with
        {
            Urls = Or("SIMULATOR_URLS", Or("ASPNETCORE_URLS", options.Urls)),
            AccountSid = Or("SIMULATOR_ACCOUNT_SID", options.AccountSid),
            AuthToken = Or("SIMULATOR_AUTH_TOKEN", options.AuthToken),
            ApiKey = Or("SIMULATOR_API_KEY", options.ApiKey),
            ApiSecret = Or("SIMULATOR_API_SECRET", options.ApiSecret),
            TwimlAppSid = Or("SIMULATOR_TWIML_APP_SID", options.TwimlAppSid),
            PhoneNumbers = Or("SIMULATOR_PHONE_NUMBERS", string.Join(',', options.PhoneNumbers))
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            VoiceUrl = Or("SIMULATOR_VOICE_URL", options.VoiceUrl),
            RecordingsFolder = read("SIMULATOR_RECORDINGS_FOLDER") is { Length: > 0 } folder ? folder : null,
        };
    }

    /// <summary>The one address to listen on.</summary>
    /// <exception cref="SimulatorSettingException">
    /// It is not a loopback http address, or a number is not E.164. The message says which, and how to correct it.
    /// </exception>
    internal (IPAddress? Address, int Port) Listen()
    {
        foreach (var number in PhoneNumbers)
        {
            if (!Numbers.IsE164(number))
            {
                throw new SimulatorSettingException($"The simulator's phone number '{number}' is not in E.164 form, like +15005550006.");
            }
        }

        if (PhoneNumbers.Count == 0)
        {
            throw new SimulatorSettingException("The simulator needs at least one phone number.");
        }

        var first = Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var only] ? only : null;
        if (first is null || !Uri.TryCreate(first, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
        {
            throw new SimulatorSettingException(
                $"The simulator listens on one http address, like http://localhost:5090; '{Urls}' is not one.");
        }

        if (string.Equals(url.Host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            // Kestrel cannot take "any free port" for both loopback addresses of localhost at once.
            return (url.Port == 0 ? IPAddress.Loopback : null, url.Port);
        }

        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))
        {
            return (address, url.Port);
        }

        throw new SimulatorSettingException(
            $"The simulator serves this machine only, because it has no guard against strangers: '{Urls}' is not a loopback address. "
            + $"Use http://localhost:{url.Port}.");
    }
}
