using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UppalCrm.Simulator.Calls;
using UppalCrm.Simulator.Sim;

namespace UppalCrm.Simulator.Rest;

/// <summary>
/// <c>/2010-04-01/Accounts/…</c>: Twilio's REST API as far as voice needs it, in JSON. Basic authentication with
/// <c>AccountSid:AuthToken</c> or <c>ApiKey:ApiSecret</c>.
/// </summary>
internal sealed class RestApi
{
    /// <summary>Below which everything here lives.</summary>
    public const string Root = "/2010-04-01/Accounts/";

    private const int LargestBody = 256 * 1024;

    private readonly Exchange _exchange;
    private readonly Func<FaultSettings> _faults;
    private readonly CallRequests _calls;
    private readonly ConferenceRequests _conferences;
    private readonly RecordingRequests _recordings;
    private readonly AccountRequests _account;
    private readonly byte[] _tokenLogin;
    private readonly byte[] _keyLogin;
    private readonly Lock _lock = new();
    private int _draws;

    public RestApi(Exchange exchange, Func<FaultSettings> faults)
    {
        _exchange = exchange;
        _faults = faults;
        _calls = new CallRequests(exchange);
        _conferences = new ConferenceRequests(exchange, _calls);
        _recordings = new RecordingRequests(exchange, _calls, _conferences);
        _account = new AccountRequests(exchange);
        var options = exchange.Account.Options;
        _tokenLogin = Encoding.UTF8.GetBytes($"{options.AccountSid}:{options.AuthToken}");
        _keyLogin = Encoding.UTF8.GetBytes($"{options.ApiKey}:{options.ApiSecret}");
    }

    public async Task ServeAsync(HttpContext context)
    {
        var watch = Stopwatch.StartNew();
        var fullPath = context.Request.Path.Value ?? "";
        var parts = fullPath[Root.Length..].Split('/');
        var isJson = parts[^1].EndsWith(".json", StringComparison.Ordinal);
        if (isJson)
        {
            parts[^1] = parts[^1][..^5];
        }

        var names = parts[1..].Select((part, i) => i % 2 == 1 ? "*" : part);
        var operation = $"{context.Request.Method} /{string.Join('/', names)}{(isJson ? ".json" : "")}";
        RestAnswer? answer = null;
        var rule = RuleFor(operation);
        try
        {
            if (!IsLoggedIn(context.Request))
            {
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"Twilio API\"";
                throw new RestException(401, 20003, "Authenticate");
            }

            if (parts[0] != _exchange.Account.Sid)
            {
                throw RestException.NotFound(fullPath);
            }

            if (rule is { Delay: > 0, Silent: false })
            {
                await Task.Delay(TimeSpan.FromSeconds(rule.Delay), _exchange.Loop.Time, context.RequestAborted);
            }

            if (rule?.Status is { } refused)
            {
                throw new RestException(
                    refused, refused == 429 ? 20429 : refused >= 500 ? 20500 : 20001, "Refused by a fault setting of the simulator");
            }

            if (context.Request.Method == "GET" && !isJson && parts is [_, "Recordings", var media])
            {
                await new RecordingMedia(_exchange).ServeAsync(context, media);
                Log(operation, context.Response.StatusCode, watch, null, null);
                return;
            }

            if (!isJson)
            {
                throw new RestException(406, 20406, "The simulator answers JSON only: ask with .json at the end of the path");
            }

            var request = new RestRequest(context.Request.Method, parts[1..], fullPath, await FieldsAsync(context));
            RefuseUnknown(operation, request);
            answer = await _exchange.Loop.InvokeAsync(() => Perform(request));
            if (rule?.Silent == true)
            {
                Log(operation, 0, watch, answer.Body, "done, and not answered");
                await Task.Delay(TimeSpan.FromSeconds(rule.Delay), _exchange.Loop.Time, context.RequestAborted);
                context.Abort();
                return;
            }
        }
        catch (RestException ex)
        {
            answer = new RestAnswer(ex.Status, new JsonObject
            {
                ["code"] = ex.Code,
                ["message"] = ex.Message,
                ["more_info"] = $"https://www.twilio.com/docs/errors/{ex.Code}",
                ["status"] = ex.Status,
            });
        }

        Log(operation, answer.Status, watch, answer.Body, null);
        context.Response.StatusCode = answer.Status;
        context.Response.Headers["X-Simulator"] = "This is UppalCrm.Simulator, not Twilio";
        context.Response.Headers["Twilio-Request-Id"] = Sids.New("RQ");
        if (answer.Body is not null)
        {
            await context.Response.WriteAsJsonAsync(
                answer.Body, JsonSerializerOptions.Default, "application/json", context.RequestAborted);
        }
    }

    private RestAnswer Perform(RestRequest request) => (request.Method, request.Path) switch
    {
        ("GET", []) => _account.Fetch(),
        ("GET", ["Balance"]) => _account.Balance(),

        ("POST", ["Calls"]) => _calls.Create(request),
        ("GET", ["Calls"]) => _calls.List(request),
        ("GET", ["Calls", var sid]) => _calls.Fetch(request, sid),
        ("POST", ["Calls", var sid]) => _calls.Update(request, sid),
        ("DELETE", ["Calls", var sid]) => _calls.Delete(request, sid),
        ("POST", ["Calls", var sid, "Recordings"]) => _recordings.StartOfCall(request, sid),
        ("GET", ["Calls", var sid, "Recordings"]) => _recordings.ListOfCall(request, sid),
        ("GET", ["Calls", var owner, "Recordings", var sid]) => _recordings.FetchOf(request, ofConference: false, owner, sid),
        ("POST", ["Calls", var owner, "Recordings", var sid]) => _recordings.Control(request, ofConference: false, owner, sid),
        ("DELETE", ["Calls", var owner, "Recordings", var sid]) => _recordings.DeleteOf(request, ofConference: false, owner, sid),

        ("GET", ["Conferences"]) => _conferences.List(request),
        ("GET", ["Conferences", var sid]) => _conferences.Fetch(request, sid),
        ("POST", ["Conferences", var sid]) => _conferences.Update(request, sid),
        ("POST", ["Conferences", var sid, "Participants"]) => _conferences.AddParticipant(request, sid),
        ("GET", ["Conferences", var sid, "Participants"]) => _conferences.ListParticipants(request, sid),
        ("GET", ["Conferences", var sid, "Participants", var who]) => _conferences.FetchParticipant(request, sid, who),
        ("POST", ["Conferences", var sid, "Participants", var who]) => _conferences.UpdateParticipant(request, sid, who),
        ("DELETE", ["Conferences", var sid, "Participants", var who]) => _conferences.RemoveParticipant(request, sid, who),
        ("GET", ["Conferences", var sid, "Recordings"]) => _recordings.ListOfConference(request, sid),
        ("GET", ["Conferences", var owner, "Recordings", var sid]) => _recordings.FetchOf(request, ofConference: true, owner, sid),
        ("POST", ["Conferences", var owner, "Recordings", var sid]) => _recordings.Control(request, ofConference: true, owner, sid),
        ("DELETE", ["Conferences", var owner, "Recordings", var sid]) => _recordings.DeleteOf(request, ofConference: true, owner, sid),

        ("GET", ["Recordings"]) => _recordings.List(request),
        ("GET", ["Recordings", var sid]) => _recordings.Fetch(request, sid),
        ("DELETE", ["Recordings", var sid]) => _recordings.Delete(request, sid),

        ("GET", ["IncomingPhoneNumbers"]) => _account.ListNumbers(request),
        ("GET", ["IncomingPhoneNumbers", var sid]) => _account.FetchNumber(request, sid),
        ("POST", ["IncomingPhoneNumbers", var sid]) => _account.UpdateNumber(request, sid),

        ("GET", ["Applications"]) => _account.ListApplications(request),
        ("POST", ["Applications"]) => _account.CreateApplication(request),
        ("GET", ["Applications", var sid]) => _account.FetchApplication(request, sid),
        ("POST", ["Applications", var sid]) => _account.UpdateApplication(request, sid),
        ("DELETE", ["Applications", var sid]) => _account.DeleteApplication(request, sid),

        (_, ["Calls" or "Conferences" or "Recordings" or "IncomingPhoneNumbers" or "Applications", ..])
            when request.Method is not ("GET" or "POST" or "DELETE") || request.Path.Length <= 2
            => throw new RestException(405, 20004, "Method not allowed"),
        _ => throw RestException.NotFound(request.FullPath),
    };

    private void RefuseUnknown(string operation, RestRequest request)
    {
        if (FieldNames.Of(operation) is { } known && request.Fields.FirstOrDefault(field => !known.Contains(field.Key)).Key is { } unknown)
        {
            throw new RestException(
                400,
                20001,
                $"'{unknown}' is not a field of {operation}. (Twilio would pass it over; the simulator refuses it, "
                + "because it is a spelling mistake.)");
        }
    }

    private bool IsLoggedIn(HttpRequest request)
    {
        if (
            !AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
                || header is not { Scheme: "Basic", Parameter: { } encoded })
        {
            return false;
        }

        var login = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, login, out var length)
            && (
                CryptographicOperations.FixedTimeEquals(
                    login.AsSpan(0, length), _tokenLogin) | CryptographicOperations.FixedTimeEquals(login.AsSpan(0, length), _keyLogin));
    }

    private static async Task<IReadOnlyList<KeyValuePair<string, string>>> FieldsAsync(HttpContext context)
    {
        if (context.Request.Method == "GET" || context.Request.ContentLength == 0)
        {
            return Parse(context.Request.QueryString.Value?.TrimStart('?') ?? "");
        }

        if (context.Request.ContentLength > LargestBody)
        {
            throw new RestException(413, 20001, "The body is too large");
        }

        if (
            context.Request.ContentLength > 0
                && context.Request.ContentType?.StartsWith(
                    "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new RestException(400, 20001, "The body must be application/x-www-form-urlencoded");
        }

        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = new char[LargestBody + 1];
        var length = await reader.ReadBlockAsync(body, context.RequestAborted);
        return length > LargestBody ? throw new RestException(413, 20001, "The body is too large") : Parse(new string(body, 0, length));
    }

    /// <summary>The fields of a form or a query.</summary>
    public static List<KeyValuePair<string, string>> Parse(string text)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2);
            fields.Add(new(WebUtility.UrlDecode(pair[0]), pair.Length == 2 ? WebUtility.UrlDecode(pair[1]) : ""));
        }

        return fields;
    }

    private RestRule? RuleFor(string operation)
    {
        var faults = _faults();
        if (faults.Rest.Count == 0)
        {
            return null;
        }

        lock (_lock)
        {
            foreach (var rule in faults.Rest)
            {
                if ((rule.Operation is not null && rule.Operation != operation)
                    || (rule.Times > 0 && rule.Applied >= rule.Times)
                    || (rule.Nth is { } only && ++rule.Seen != only)
                    || (rule.Probability < 1 && Draw.Of(faults.Seed, $"{operation}|{++_draws}") >= rule.Probability))
                {
                    continue;
                }

                rule.Applied++;
                return rule;
            }
        }

        return null;
    }

    private void Log(string operation, int status, Stopwatch watch, JsonNode? body, string? note) => _exchange.Log.Write(
        "rest",
        note is null ? $"{operation} → {status}{(status >= 400 ? $" {body?["code"]} {body?["message"]}" : "")}" : $"{operation}: {note}",
        ("operation", operation),
        ("status", status.ToString()),
        ("ms", watch.ElapsedMilliseconds.ToString()),
        ("callSid", TextOf(body, "call_sid") ?? (operation.Contains("/Calls", StringComparison.Ordinal) ? TextOf(body, "sid") : null)),
        ("code", body is JsonObject && status >= 400 ? body["code"]?.ToString() : null));

    private static string? TextOf(JsonNode? body, string name) =>
        body is JsonObject shape
            && shape.TryGetPropertyValue(name, out var value)
            && value is JsonValue text
            && text.TryGetValue<string>(out var found) ? found : null;
}
