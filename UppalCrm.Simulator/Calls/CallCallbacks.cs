using UppalCrm.Simulator.Sim;
using UppalCrm.Simulator.Webhooks;

namespace UppalCrm.Simulator.Calls;

/// <summary>The fields of requests about a call, and its progress callbacks.</summary>
internal sealed class CallCallbacks(Exchange exchange)
{
    /// <summary>The fields of every request about a call (Twilio, "TwiML for Programmable Voice", request parameters).</summary>
    public List<KeyValuePair<string, string>> FieldsOf(Leg leg)
    {
        var fields = new List<KeyValuePair<string, string>>(24)
        {
            new("AccountSid", exchange.Account.Sid),
            new("ApiVersion", "2010-04-01"),
            new("CallSid", leg.Sid),
            new("CallStatus", leg.StatusWord),
            new("Direction", leg.Direction),
            new("From", leg.From),
            new("To", leg.To),
            new("Caller", leg.From),
            new("Called", leg is { IsInbound: true, IsClient: true } ? "" : leg.To),
        };
        if (leg.ApplicationSid is { } application)
        {
            fields.Add(new("ApplicationSid", application));
        }

        if (leg.ParentSid is { } parent)
        {
            fields.Add(new("ParentCallSid", parent));
        }

        if (!leg.IsClient)
        {
            AddPlace("From", leg.From);
            AddPlace("To", leg.To);
            AddPlace("Caller", leg.From);
            AddPlace("Called", leg.To);
        }

        return fields;

        void AddPlace(string who, string number)
        {
            fields.Add(new(who + "City", ""));
            fields.Add(new(who + "State", ""));
            fields.Add(new(who + "Zip", ""));
            fields.Add(new(who + "Country", Numbers.Country(number)));
        }
    }

    /// <summary>Sends a progress callback, when the call has one for this event.</summary>
    /// <param name="happened">Of <c>initiated ringing answered completed</c>.</param>
    public void SendProgress(Leg leg, string happened)
    {
        if (leg.Callback is not { } callback || !callback.Events.Contains(happened))
        {
            return;
        }

        var fields = FieldsOf(leg);
        fields.Add(new("CallbackSource", "call-progress-events"));
        fields.Add(new("SequenceNumber", leg.Sequence++.ToString()));
        fields.Add(new("Timestamp", exchange.Now.Rfc2822()));
        if (leg.IsOver)
        {
            AddEnd(leg, fields);
        }

        exchange.Webhooks.Send(new WebhookRequest
        {
            Purpose = "call-status",
            Url = callback.Url,
            Method = callback.Method,
            Fields = fields,
            CallSid = leg.Sid,
            Event = leg.StatusWord,
            Source = $"call {leg.Ordinal}",
        });
    }

    /// <summary>Sends the result of a verb whose call has ended. Nobody carries out the answer.</summary>
    public void SendAction(Leg leg, string url, string method, IEnumerable<KeyValuePair<string, string>> result) =>
        exchange.Webhooks.Send(new WebhookRequest
        {
            Purpose = "action",
            Url = url,
            Method = method,
            Fields = [.. FieldsOf(leg), .. result],
            CallSid = leg.Sid,
            Event = leg.StatusWord,
            Source = $"call {leg.Ordinal}",
        });

    private void AddEnd(Leg leg, List<KeyValuePair<string, string>> fields)
    {
        fields.Add(new("CallDuration", leg.Duration.WholeSeconds().ToString()));
        fields.Add(new("Duration", ((leg.Duration.WholeSeconds() + 59) / 60).ToString())); // Billed minutes.
        if (leg.SipCode is { } || leg.AnsweredAt is not null)
        {
            fields.Add(new("SipResponseCode", (leg.SipCode ?? 200).ToString()));
        }

        if (leg.RecordFromAnswer is { } asked
            && exchange.Recordings.All.LastOrDefault(one => one.CallSid == leg.Sid && one.Request == asked) is { } recording)
        {
            fields.Add(new("RecordingUrl", exchange.Recordings.UrlOf(recording)));
            fields.Add(new("RecordingSid", recording.Sid));
            fields.Add(new("RecordingDuration", (recording.Duration ?? TimeSpan.Zero).WholeSeconds().ToString()));
        }
    }
}
