namespace UppalCrm.Simulator.Calls;

/// <summary>Where voice requests of a number or an application go.</summary>
internal sealed record VoiceRoute
{
    public string? VoiceUrl { get; init; }

    public string VoiceMethod { get; init; } = "POST";

    public string? FallbackUrl { get; init; }

    public string FallbackMethod { get; init; } = "POST";

    public string? StatusCallback { get; init; }

    public string StatusCallbackMethod { get; init; } = "POST";
}

/// <summary>One of our numbers.</summary>
internal sealed record OwnNumber(string Sid, string Number, DateTimeOffset CreatedAt)
{
    public string FriendlyName { get; init; } = Numbers.Formatted(Number);

    public VoiceRoute Route { get; init; } = new();

    /// <summary>Overrides the addresses of <see cref="Route"/>.</summary>
    public string? ApplicationSid { get; init; }

    public bool CallerIdLookup { get; init; }

    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;
}

/// <summary>A TwiML application.</summary>
internal sealed record VoiceApplication(string Sid, DateTimeOffset CreatedAt)
{
    public string FriendlyName { get; init; } = "";

    public VoiceRoute Route { get; init; } = new();

    public bool CallerIdLookup { get; init; }

    public bool PublicConnect { get; init; }

    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;
}

/// <summary>The one account of this network: its keys, numbers and applications.</summary>
internal sealed class Account
{
    public Account(SimulatorOptions options, DateTimeOffset now)
    {
        Options = options;
        CreatedAt = now;
        var route = new VoiceRoute { VoiceUrl = options.VoiceUrl };
        foreach (var number in options.PhoneNumbers)
        {
            var own = new OwnNumber(Sids.For("PN", number), number, now) { Route = route };
            OwnNumbers[own.Sid] = own;
        }

        Applications[options.TwimlAppSid] = new VoiceApplication(options.TwimlAppSid, now) { FriendlyName = "Softphones", Route = route };
    }

    public SimulatorOptions Options { get; }

    public DateTimeOffset CreatedAt { get; }

    public string Sid => Options.AccountSid;

    public Dictionary<string, OwnNumber> OwnNumbers { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, VoiceApplication> Applications { get; } = new(StringComparer.Ordinal);

    public OwnNumber? FindNumber(string number) => OwnNumbers.Values.FirstOrDefault(own => own.Number == number);

    /// <summary>Where a call to this number of ours goes, and by which application, if by one.</summary>
    public (VoiceRoute Route, string? ApplicationSid) RouteOf(OwnNumber number) =>
        number.ApplicationSid is { } sid && Applications.TryGetValue(sid, out var application)
            ? (application.Route, sid)
            : (number.Route, null);
}
