using System.Text.Json.Nodes;
using UppalCrm.Simulator.Calls;
using UppalCrm.Simulator.TwiML;

namespace UppalCrm.Simulator.Rest;

/// <summary><c>/Calls</c>.</summary>
internal sealed class CallRequests(Exchange exchange)
{
    private static readonly string[] Subresources =
    [
        "events", "notifications", "payments", "recordings", "siprec", "streams", "transcriptions",
        "user_defined_message_subscriptions", "user_defined_messages",
    ];

    public RestAnswer Create(RestRequest request)
    {
        var (from, to, parameters) = Ends(request);
        var application = request["ApplicationSid"] is { Length: > 0 } sid
            ? exchange.Account.Applications.GetValueOrDefault(sid) ?? throw new RestException(400, 21218, "ApplicationSid is not valid")
            : null;
        var url = request.Url("Url") ?? application?.Route.VoiceUrl;
        var twiml = request["Twiml"];
        if (url is null && twiml is null)
        {
            throw new RestException(400, 21205, "Url parameter is required, or Twiml, or ApplicationSid");
        }

        if (twiml is { Length: > 4000 })
        {
            throw new RestException(400, 21625, "Twiml is longer than 4000 characters");
        }

        if (request["SendDigits"] is { Length: > 32 })
        {
            throw new RestException(400, 21217, "SendDigits is longer than 32 characters");
        }

        var method = request["Url"] is null ? application?.Route.VoiceMethod ?? "POST" : request.HttpMethod("Method");
        var route = new VoiceRoute
        {
            VoiceUrl = url,
            VoiceMethod = method,
            FallbackUrl = request.Url("FallbackUrl") ?? application?.Route.FallbackUrl,
            FallbackMethod = request.HttpMethod("FallbackMethod"),
        };
        var leg = exchange.Create(new OutboundCall
        {
            From = from,
            To = to,
            Parameters = parameters,
            Callback = CallbackOf(request) ?? CallbackOf(application?.Route),
            RingFor = RingTime(request),
            LongestCall = TimeSpan.FromSeconds(request.Number("TimeLimit", 1, 86400) ?? 14400),
            Record = request.Bool("Record") == true
                ? new RecordingRequest("OutboundAPI", request["RecordingChannels"] == "dual" ? 2 : 1, RecordingCallbackOf(request))
                : null,
            OnAnswer = leg =>
            {
                exchange.Documents.Start(
                    leg,
                    cancellationToken => url is null
                        ? Task.FromResult(Given(leg, twiml!))
                        : exchange.Documents.FetchAsync(leg, "voice", url, method, [], route, cancellationToken));
                return Task.CompletedTask;
            },
        });
        return RestAnswer.Created(Shape(leg));
    }

    public RestAnswer List(RestRequest request)
    {
        var legs = exchange.Legs.Where(leg =>
            (request["To"] is not { Length: > 0 } to || leg.To == to)
            && (request["From"] is not { Length: > 0 } from || leg.From == from)
            && (request["ParentCallSid"] is not { Length: > 0 } parent || leg.ParentSid == parent)
            && (request["Status"] is not { Length: > 0 } status || leg.StatusWord == status)
            && request.Fits("StartTime", leg.AnsweredAt ?? leg.CreatedAt)
            && request.Fits("EndTime", leg.EndedAt)).OrderByDescending(leg => leg.Ordinal).ToList();
        return request.Page("calls", legs, leg => leg.Sid, Shape);
    }

    public RestAnswer Fetch(RestRequest request, string sid) => RestAnswer.Ok(Shape(Find(request, sid)));

    public RestAnswer Update(RestRequest request, string sid)
    {
        var leg = Find(request, sid);
        if (leg.IsOver)
        {
            throw new RestException(400, 21220, "Unable to update record: Call is not in-progress. Cannot redirect.");
        }

        var url = request.Url("Url");
        var twiml = request["Twiml"];
        if (request.Number("TimeLimit", 1, 86400) is { } limit)
        {
            exchange.LimitLength(leg, TimeSpan.FromSeconds(limit));
        }

        switch (request["Status"])
        {
            case "canceled" when leg.Status is LegStatus.InProgress:
                throw new RestException(400, 21220, "Unable to update record: the call is in progress. Cannot cancel.");
            case "canceled":
                exchange.End(leg, LegStatus.Canceled, 487, "cancelled by REST");
                break;
            case "completed":
                exchange.EndByCommand(leg, "ended by REST");
                break;
            case null or "" when url is null && twiml is null:
                break;
            case null or "":
                Redirect(request, leg, url, twiml);
                break;
            case var other:
                throw new RestException(400, 20001, $"Status '{other}' is neither canceled nor completed");
        }

        return RestAnswer.Ok(Shape(leg));
    }

    public RestAnswer Delete(RestRequest request, string sid)
    {
        var leg = Find(request, sid);
        return leg.IsOver && exchange.Remove(leg)
            ? RestAnswer.Deleted
            : throw new RestException(409, 20009, "Cannot delete this resource before it is complete");
    }

    public Leg Find(RestRequest request, string sid) => exchange.FindLeg(sid) ?? throw RestException.NotFound(request.FullPath);

    /// <summary>From and To, checked as Twilio checks them, and its magic numbers for test credentials.</summary>
    /// <returns>The parameters are those of a softphone's address, <c>client:name?parameter=value</c>.</returns>
    public (string From, string To, IReadOnlyList<KeyValuePair<string, string>> Parameters) Ends(RestRequest request)
    {
        var named = request["To"] is { Length: > 0 } given ? given : throw new RestException(400, 21201, "No 'To' number is specified");
        var from = request["From"] is { Length: > 0 } ours ? ours : throw new RestException(400, 21213, "No 'From' number is specified");
        var (to, query) = Numbers.IsClient(named) && named.Split('?', 2) is [var client, var text] ? (client, text) : (named, "");
        switch (to)
        {
            case "+15005550001":
                throw new RestException(400, 21217, "Phone number does not appear to be valid");
            case "+15005550002":
                throw new RestException(400, 21214, "'To' phone number cannot be reached");
            case "+15005550003":
                throw new RestException(400, 21215, "Account not authorized to call this number: geographic permissions");
            case "+15005550004":
                throw new RestException(400, 21216, "Account not allowed to call this number");
            case var number when !Numbers.IsE164(number) && !(Numbers.IsClient(number) && number.Length is > 7 and <= 263):
                throw new RestException(400, 21211, "The 'To' number is not a valid phone number");
            default:
                break;
        }

        if (from == "+15005550001" || (!Numbers.IsE164(from) && !Numbers.IsClient(from)))
        {
            throw new RestException(400, 21212, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender");
        }

        if (!Numbers.IsClient(from) && exchange.Account.FindNumber(from) is null)
        {
            throw new RestException(400, 21210, "The source phone number provided is not yet verified for your account");
        }

        return (from, to, RestApi.Parse(query));
    }

    /// <summary>Twilio lets a call ring 5 s longer than Timeout says.</summary>
    public static TimeSpan RingTime(RestRequest request) => TimeSpan.FromSeconds((request.Number("Timeout", 1, 600, 21208) ?? 60) + 5);

    public ProgressCallback? CallbackOf(RestRequest request)
    {
        if (request.Url("StatusCallback") is not { Length: > 0 } url)
        {
            return null;
        }

        var events = request.Words("StatusCallbackEvent");
        if (events.Except(ProgressCallback.Known).FirstOrDefault() is { } odd)
        {
            // Twilio makes the call and sends no callbacks for it.
            exchange.Log.Error(21626, $"StatusCallbackEvent '{odd}' is unknown: no callbacks will be sent for this call.");
            return null;
        }

        return new ProgressCallback(
            url, request.HttpMethod("StatusCallbackMethod"), events.Count > 0 ? events : ProgressCallback.OnlyTheEnd);
    }

    private static ProgressCallback? CallbackOf(VoiceRoute? route) => route?.StatusCallback is { Length: > 0 } url
        ? new ProgressCallback(url, route.StatusCallbackMethod, ProgressCallback.OnlyTheEnd)
        : null;

    public static RecordingCallback? RecordingCallbackOf(RestRequest request, string prefix = "") =>
        RecordingCallback.From(
            request.Url(prefix + "RecordingStatusCallback"),
            request.HttpMethod(prefix + "RecordingStatusCallbackMethod"),
            request.Words(prefix + "RecordingStatusCallbackEvent"));

    public JsonObject Shape(Leg leg)
    {
        var uri = $"/2010-04-01/Accounts/{exchange.Account.Sid}/Calls/{leg.Sid}";
        var isQueued = leg.Status == LegStatus.Queued;
        var own = exchange.Account.FindNumber(leg.IsInbound ? leg.To : leg.From);
        var shape = new JsonObject
        {
            ["sid"] = leg.Sid,
            ["date_created"] = isQueued ? null : leg.CreatedAt.Rfc2822(),
            ["date_updated"] = isQueued ? null : leg.UpdatedAt.Rfc2822(),
            ["parent_call_sid"] = leg.ParentSid,
            ["account_sid"] = exchange.Account.Sid,
            ["to"] = leg.To,
            ["to_formatted"] = Numbers.Formatted(leg.To),
            ["from"] = leg.From,
            ["from_formatted"] = Numbers.Formatted(leg.From),
            ["phone_number_sid"] = own?.Sid,
            ["status"] = leg.Status == LegStatus.Initiated ? "queued" : leg.StatusWord, // The resource has no "initiated".
            ["start_time"] = leg.AnsweredAt?.Rfc2822(),
            ["end_time"] = leg.EndedAt?.Rfc2822(),
            ["duration"] = leg.IsOver ? leg.Duration.WholeSeconds().ToString() : null,
            ["price"] = null,
            ["price_unit"] = "USD",
            ["direction"] = leg.Direction,
            ["answered_by"] = null,
            ["api_version"] = "2010-04-01",
            ["forwarded_from"] = null,
            ["group_sid"] = null,
            ["caller_name"] = null,
            ["queue_time"] = ((long)leg.QueuedFor.TotalMilliseconds).ToString(),
            ["trunk_sid"] = null,
            ["uri"] = uri + ".json",
        };
        var subresources = new JsonObject();
        foreach (var name in Subresources)
        {
            subresources[name] = $"{uri}/{string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}.json";
        }

        shape["subresource_uris"] = subresources;
        return shape;
    }

    private void Redirect(RestRequest request, Leg leg, string? url, string? twiml)
    {
        if (leg.Status != LegStatus.InProgress)
        {
            throw new RestException(400, 21220, "Unable to update record: Call is not in-progress. Cannot redirect.");
        }

        if (CallbackOf(request) is { } callback && url is not null)
        {
            leg.Callback = callback; // Ignored by Twilio unless a Url is given with it.
        }

        var method = request.HttpMethod("Method");
        var route = new VoiceRoute
        {
            VoiceUrl = url,
            FallbackUrl = request.Url("FallbackUrl"),
            FallbackMethod = request.HttpMethod("FallbackMethod"),
        };
        exchange.Documents.Redirect(
            leg,
            cancellationToken => url is null
                ? Task.FromResult(Given(leg, twiml!))
                : exchange.Documents.FetchAsync(leg, "voice", url, method, [], route, cancellationToken));
    }

    private TwimlDocument? Given(Leg leg, string twiml)
    {
        var (document, failure) = TwimlDocument.Parse(twiml);
        foreach (var issue in failure is null ? document!.Issues : [failure])
        {
            exchange.Log.Error(issue.Code, $"Twiml of the REST request: {issue.Text}.", leg.Sid);
        }

        return document;
    }
}
