using System.Text.Json.Nodes;
using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Rest;

/// <summary><c>/IncomingPhoneNumbers</c>, <c>/Applications</c>, the account itself and its balance.</summary>
internal sealed class AccountRequests(Exchange exchange)
{
    private Account Account => exchange.Account;

    private string Base => $"/2010-04-01/Accounts/{Account.Sid}";

    public RestAnswer Fetch() => RestAnswer.Ok(new JsonObject
    {
        ["auth_token"] = null, // Twilio gives it here; a simulator need not spread secrets, however well known.
        ["date_created"] = Account.CreatedAt.Rfc2822(),
        ["date_updated"] = Account.CreatedAt.Rfc2822(),
        ["friendly_name"] = "Simulator, not Twilio",
        ["owner_account_sid"] = Account.Sid,
        ["sid"] = Account.Sid,
        ["status"] = "active",
        ["subresource_uris"] = new JsonObject
        {
            ["calls"] = Base + "/Calls.json",
            ["conferences"] = Base + "/Conferences.json",
            ["recordings"] = Base + "/Recordings.json",
            ["incoming_phone_numbers"] = Base + "/IncomingPhoneNumbers.json",
            ["applications"] = Base + "/Applications.json",
        },
        ["type"] = "Full",
        ["uri"] = Base + ".json",
    });

    public RestAnswer Balance() =>
        RestAnswer.Ok(new JsonObject { ["account_sid"] = Account.Sid, ["balance"] = "1000.00", ["currency"] = "USD" });

    public RestAnswer ListNumbers(RestRequest request) => request.Page(
        "incoming_phone_numbers",
        [.. Account.OwnNumbers.Values.Where(one =>
            (request["PhoneNumber"] is not { Length: > 0 } part || one.Number.Contains(part.Trim('*'), StringComparison.Ordinal))
            && (request["FriendlyName"] is not { Length: > 0 } name || one.FriendlyName == name))],
        one => one.Sid,
        Shape);

    public RestAnswer FetchNumber(RestRequest request, string sid) => RestAnswer.Ok(Shape(FindNumber(request, sid)));

    public RestAnswer UpdateNumber(RestRequest request, string sid)
    {
        var number = FindNumber(request, sid);
        if (request["VoiceApplicationSid"] is { Length: > 0 } application && !Account.Applications.ContainsKey(application))
        {
            throw new RestException(400, 21218, "VoiceApplicationSid is not valid");
        }

        number = number with
        {
            FriendlyName = request["FriendlyName"] ?? number.FriendlyName,
            ApplicationSid = request["VoiceApplicationSid"] switch
            {
                null => number.ApplicationSid,
                "" => null,
                var chosen => chosen,
            },
            CallerIdLookup = request.Bool("VoiceCallerIdLookup") ?? number.CallerIdLookup,
            Route = RouteOf(request, number.Route),
            UpdatedAt = exchange.Now,
        };
        Account.OwnNumbers[sid] = number;
        return RestAnswer.Ok(Shape(number));
    }

    public RestAnswer ListApplications(RestRequest request) => request.Page(
        "applications",
        [.. Account.Applications.Values.Where(one => request["FriendlyName"] is not { Length: > 0 } name || one.FriendlyName == name)],
        one => one.Sid,
        Shape);

    public RestAnswer FetchApplication(RestRequest request, string sid) => RestAnswer.Ok(Shape(FindApplication(request, sid)));

    public RestAnswer CreateApplication(RestRequest request)
    {
        var application = Updated(request, new VoiceApplication(Sids.New("AP"), exchange.Now));
        Account.Applications[application.Sid] = application;
        return RestAnswer.Created(Shape(application));
    }

    public RestAnswer UpdateApplication(RestRequest request, string sid)
    {
        var application = Updated(request, FindApplication(request, sid));
        Account.Applications[sid] = application;
        return RestAnswer.Ok(Shape(application));
    }

    public RestAnswer DeleteApplication(RestRequest request, string sid)
    {
        FindApplication(request, sid);
        if (sid == Account.Options.TwimlAppSid)
        {
            throw new RestException(409, 20403, "The softphones' own application cannot be deleted in the simulator");
        }

        Account.Applications.Remove(sid);
        return RestAnswer.Deleted;
    }

    private OwnNumber FindNumber(RestRequest request, string sid) =>
        Account.OwnNumbers.GetValueOrDefault(sid) ?? throw RestException.NotFound(request.FullPath);

    private VoiceApplication FindApplication(RestRequest request, string sid) =>
        Account.Applications.GetValueOrDefault(sid) ?? throw RestException.NotFound(request.FullPath);

    private VoiceApplication Updated(RestRequest request, VoiceApplication application) => application with
    {
        FriendlyName = request["FriendlyName"] switch
        {
            null => application.FriendlyName,
            { Length: <= 64 } name => name,
            _ => throw new RestException(400, 20001, "FriendlyName is longer than 64 characters"),
        },
        CallerIdLookup = request.Bool("VoiceCallerIdLookup") ?? application.CallerIdLookup,
        PublicConnect = request.Bool("PublicApplicationConnectEnabled") ?? application.PublicConnect,
        Route = RouteOf(request, application.Route),
        UpdatedAt = exchange.Now,
    };

    private static VoiceRoute RouteOf(RestRequest request, VoiceRoute route)
    {
        var changed = route with
        {
            VoiceUrl = request.Has("VoiceUrl") ? request.Url("VoiceUrl") : route.VoiceUrl,
            VoiceMethod = request.HttpMethod("VoiceMethod", route.VoiceMethod),
            FallbackUrl = request.Has("VoiceFallbackUrl") ? request.Url("VoiceFallbackUrl") : route.FallbackUrl,
            FallbackMethod = request.HttpMethod("VoiceFallbackMethod", route.FallbackMethod),
            StatusCallback = request.Has("StatusCallback") ? request.Url("StatusCallback") : route.StatusCallback,
            StatusCallbackMethod = request.HttpMethod("StatusCallbackMethod", route.StatusCallbackMethod),
        };
        return changed.FallbackUrl is { Length: > 0 } && string.IsNullOrEmpty(changed.VoiceUrl)
            ? throw new RestException(400, 21405, "VoiceFallbackUrl needs a VoiceUrl")
            : changed;
    }

    private JsonObject Shape(OwnNumber number) => new()
    {
        ["account_sid"] = Account.Sid,
        ["address_sid"] = null,
        ["address_requirements"] = "none",
        ["api_version"] = "2010-04-01",
        ["beta"] = false,
        ["capabilities"] = new JsonObject { ["voice"] = true, ["sms"] = false, ["mms"] = false, ["fax"] = false },
        ["date_created"] = number.CreatedAt.Rfc2822(),
        ["date_updated"] = number.UpdatedAt.Rfc2822(),
        ["friendly_name"] = number.FriendlyName,
        ["identity_sid"] = null,
        ["phone_number"] = number.Number,
        ["origin"] = "twilio",
        ["sid"] = number.Sid,
        ["sms_application_sid"] = null,
        ["sms_fallback_method"] = "POST",
        ["sms_fallback_url"] = null,
        ["sms_method"] = "POST",
        ["sms_url"] = null,
        ["status_callback"] = number.Route.StatusCallback,
        ["status_callback_method"] = number.Route.StatusCallbackMethod,
        ["trunk_sid"] = null,
        ["uri"] = $"{Base}/IncomingPhoneNumbers/{number.Sid}.json",
        ["voice_receive_mode"] = "voice",
        ["voice_application_sid"] = number.ApplicationSid,
        ["voice_caller_id_lookup"] = number.CallerIdLookup,
        ["voice_fallback_method"] = number.Route.FallbackMethod,
        ["voice_fallback_url"] = number.Route.FallbackUrl,
        ["voice_method"] = number.Route.VoiceMethod,
        ["voice_url"] = number.Route.VoiceUrl,
        ["emergency_status"] = "Inactive",
        ["emergency_address_sid"] = null,
        ["emergency_address_status"] = "unregistered",
        ["bundle_sid"] = null,
        ["status"] = "in-use",
        ["type"] = "local",
    };

    private JsonObject Shape(VoiceApplication application) => new()
    {
        ["account_sid"] = Account.Sid,
        ["api_version"] = "2010-04-01",
        ["date_created"] = application.CreatedAt.Rfc2822(),
        ["date_updated"] = application.UpdatedAt.Rfc2822(),
        ["friendly_name"] = application.FriendlyName,
        ["message_status_callback"] = null,
        ["sid"] = application.Sid,
        ["sms_fallback_method"] = "POST",
        ["sms_fallback_url"] = null,
        ["sms_method"] = "POST",
        ["sms_status_callback"] = null,
        ["sms_url"] = null,
        ["status_callback"] = application.Route.StatusCallback,
        ["status_callback_method"] = application.Route.StatusCallbackMethod,
        ["uri"] = $"{Base}/Applications/{application.Sid}.json",
        ["voice_caller_id_lookup"] = application.CallerIdLookup,
        ["voice_fallback_method"] = application.Route.FallbackMethod,
        ["voice_fallback_url"] = application.Route.FallbackUrl,
        ["voice_method"] = application.Route.VoiceMethod,
        ["voice_url"] = application.Route.VoiceUrl,
        ["public_application_connect_enabled"] = application.PublicConnect,
    };
}
