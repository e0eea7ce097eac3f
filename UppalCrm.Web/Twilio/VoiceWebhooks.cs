using System.Globalization;
using Twilio.TwiML;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// What Twilio asks and tells us, put into Core's words, and the TwiML that answers it. Only the carrier's signed words decide:
/// <c>From</c> says who calls, never a parameter that a browser can add; and because a softphone's own <c>From</c> may be taken for the
/// carrier's, the server must also have told a session of that person to join.
/// </summary>
internal sealed class VoiceWebhooks(
    CarrierEventHandler news,
    InboundCalls arrivals,
    AuditLog audit,
    FloorRights rights,
    JoinIntents intents,
    JoinDecisions decisions,
    CallStore calls,
    VoiceDocuments documents,
    TimeProvider time,
    ILogger<VoiceWebhooks> log)
{
    /// <summary>A caller hears nothing until the answer comes, and Twilio hangs up after 15 s: an apology in time is better.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// A call wants to know what to do. Always answers, and in time: with the room for a caller, whatever is locked or broken behind it;
    /// with an apology for a leg that may not be let in without being looked up. The same request again gets the same answer.
    /// </summary>
    /// <param name="key">Twilio's idempotency token, if it gave one.</param>
    public async Task<VoiceResponse> AnswerAsync(TwilioForm form, string? key)
    {
        if (IsCaller(form, out var caller))
        {
            // The room needs no database to be named, so a caller is never sent away because of one.
            await arrivals.ReceiveAsync(
                new CallerArrived(caller, form.InForm("From") ?? "unknown", form.InForm("To") ?? "", form.InForm("CallerName"), key),
                AnswerWithin);
            return documents.CallerWaits(CarrierEventHandler.WaitingConferenceOf(caller));
        }

        // Not the request's own token: what has begun to be written is finished even when Twilio stops listening.
        var stop = new CancellationTokenSource(AnswerWithin, time);
        var answer = Task.Run(() => DecideAsync(form, stop.Token), CancellationToken.None); // SQLite works on the caller's thread.
        _ = answer.ContinueWith(_ => stop.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            return await answer.WaitAsync(AnswerWithin, time);
        }
        catch (Exception ex)
        {
            log.LogError(
                ex, "The voice request for {CallSid} could not be answered; the caller hears an apology.", form.InForm("CallSid"));
            return documents.Apology();
        }
    }

    /// <summary>What is heard while waiting. Nothing is looked up: it must work while everything else does not.</summary>
    public VoiceResponse Wait(TwilioForm form) => documents.Wait(form.InQuery("for"));

    /// <summary>What became of one leg.</summary>
    public Task ReportLegAsync(TwilioForm form, string? key, CancellationToken cancellationToken) =>
        CallSid.TryParse(form["CallSid"], out var leg) && TwilioEnums.LegState(form["CallStatus"]) is { } state
            ? news.ReportAsync(
                new LegEvent(
                    leg, state, form.Number("SequenceNumber"), form.Moment("Timestamp"),
                    form.Number("CallDuration"), form.Number("SipResponseCode"), key),
                cancellationToken)
            : Ignore("call status", form["CallStatus"]);

    /// <summary>What happened in a conference.</summary>
    public Task ReportConferenceAsync(TwilioForm form, string? key, CancellationToken cancellationToken)
    {
        if (TwilioEnums.Happening(form["StatusCallbackEvent"]) is not { } happening
            || !TwilioEnums.IsSid(form["ConferenceSid"], "CF")
            || form["FriendlyName"] is not { Length: <= 128 } name
            || form.Number("SequenceNumber") is not { } sequence)
        {
            return Ignore("conference event", form["StatusCallbackEvent"]); // "participant-speech-start" and the like change nothing.
        }

        var about = form[happening == ConferenceEventKind.Ended ? "CallSidEndingConference" : "CallSid"];
        return news.ReportAsync(
            new ConferenceEvent(
                happening,
                form["ConferenceSid"]!,
                name,
                sequence,
                form.Moment("Timestamp"),
                CallSid.TryParse(about, out var leg) ? leg : null,
                form.Flag("Muted"),
                form.Flag("Hold"),
                form.Flag("Coaching"),
                form["ReasonConferenceEnded"] ?? form["ReasonParticipantLeft"] ?? form["Reason"],
                TwilioEnums.LegState(form["ParticipantCallStatus"]),
                key),
            cancellationToken);
    }

    /// <summary>A recording is ready, or there is none. The leg may be missing: a conference's recording names the conference.</summary>
    public Task ReportRecordingAsync(TwilioForm form, string? key, bool isMessage, CancellationToken cancellationToken)
    {
        // The action of <Record> tells no status: its recording exists.
        var status = form["RecordingStatus"] ?? "completed";
        if (!TwilioEnums.IsSid(form["RecordingSid"], "RE") || status is not ("completed" or "absent" or "failed"))
        {
            return Ignore("recording status", status);
        }

        return news.ReportAsync(
            new RecordingEvent(
                form["RecordingSid"]!,
                RecordingUrl(form["RecordingUrl"]),
                form.Number("RecordingDuration"),
                TwilioEnums.IsSid(form["ConferenceSid"], "CF") ? form["ConferenceSid"] : null,
                CallSid.TryParse(form["CallSid"], out var leg) ? leg : null,
                IsAbsent: status != "completed",
                isMessage,
                form.Moment("Timestamp"),
                key),
            cancellationToken);
    }

    /// <summary>The caller has spoken a message, or hung up over it.</summary>
    public VoiceResponse ThankForMessage() => documents.ThankForMessage();

    private async Task<VoiceResponse> DecideAsync(TwilioForm form, CancellationToken cancellationToken)
    {
        if (!CallSid.TryParse(form.InForm("CallSid"), out var leg) || IsSaidDifferently(form, "From"))
        {
            return Unknown(form, "it has no CallSid, or names two callers");
        }

        var from = form.InForm("From") ?? "unknown";
        if (from.StartsWith("client:", StringComparison.Ordinal))
        {
            return await AnswerSoftphoneAsync(form, leg, from["client:".Length..], cancellationToken);
        }

        if (form.InQuery("conference") is { } dialledInto && form.InQuery("participant") == "customer")
        {
            return await news.CustomerAnsweredAsync(leg, dialledInto, form.InForm("To") ?? "", cancellationToken) is JoinDecision.Allowed
                ? documents.CustomerEnters(dialledInto)
                : VoiceDocuments.HangUp(); // The agent is gone: there is nobody to talk to.
        }

        if (form.InQuery("conference") is { } handedOutOf && form.InQuery("participant") == "outside"
            && long.TryParse(form.InQuery("transfer"), NumberStyles.None, CultureInfo.InvariantCulture, out var transfer))
        {
            return await news.OutsideAnsweredAsync(leg, handedOutOf, transfer, form.InForm("To") ?? "", cancellationToken)
                is JoinDecision.Allowed allowed
                    ? documents.OutsideEnters(handedOutOf, endsConference: !allowed.KeepsCustomer)
                    : VoiceDocuments.HangUp(); // The agent has taken the call back, or the customer has left.
        }

        return Unknown(form, "it is an outbound call that we did not make");
    }

    /// <summary>A customer calls one of our numbers: not a softphone, and not somebody whom we dialled.</summary>
    private static bool IsCaller(TwilioForm form, out CallSid leg) =>
        CallSid.TryParse(form.InForm("CallSid"), out leg)
        && !IsSaidDifferently(form, "From")
        && form.InForm("From")?.StartsWith("client:", StringComparison.Ordinal) != true
        && form.InForm("Direction") is null or "inbound"
        && (form.InQuery("conference") is null || form.InQuery("participant") is not ("customer" or "outside"));

    private async Task<VoiceResponse> AnswerSoftphoneAsync(
        TwilioForm form, CallSid leg, string identity, CancellationToken cancellationToken)
    {
        if (Agent.ParseIdentity(identity) is not { } agentId)
        {
            await audit.WriteAsync(
                AuditAction.JoinRefused, agentId: null, callId: null, "a softphone with a name that is no agent's", cancellationToken);
            return VoiceDocuments.Reject();
        }

        var decision = (form["participant"] ?? "agent", form["conference"]) switch
        {
            (_, null) => await RefuseAsync(agentId, "a softphone that names no conference", cancellationToken),
            ("agent", { } room) => await FindRefusalAsync(form, leg, agentId, room, LegRole.Agent, cancellationToken)
                ?? await news.AgentConnectingAsync(leg, agentId, room, cancellationToken),
            ("supervisor", { } room) when TwilioEnums.Mode(form["mode"]) is { } mode =>
                !await rights.SupervisesAsync(agentId, cancellationToken)
                    ? await RefuseAsync(agentId, "an agent who asks to listen and is no supervisor", cancellationToken)
                    : await FindRefusalAsync(form, leg, agentId, room, LegRole.Supervisor, cancellationToken)
                        ?? await news.SupervisorConnectingAsync(leg, agentId, room, mode, cancellationToken),
            _ => await RefuseAsync(agentId, "a softphone with parameters that we do not know", cancellationToken),
        };
        return decision switch
        {
            JoinDecision.Allowed { Supervisor: { } mode } allowed =>
                documents.SupervisorEnters(allowed.ConferenceName, mode, allowed.Coached),
            JoinDecision.Allowed allowed =>
                documents.AgentEnters(
                    allowed.ConferenceName, ringing: allowed.Direction != CallDirection.Inbound, allowed.KeepsCustomer,
                    isRecorded: allowed.Direction != CallDirection.Internal),
            _ => VoiceDocuments.Reject(),
        };
    }

    /// <returns>
    /// The refusal of a leg that no session was told to send; null when one was, or when the conference itself is the question.
    /// </returns>
    private async Task<JoinDecision?> FindRefusalAsync(
        TwilioForm form, CallSid leg, int agentId, string room, LegRole role, CancellationToken cancellationToken) =>
        room.Length is > 0 and <= 128
        && await decisions.FindAsync(leg, cancellationToken) is null
        && await calls.FindAsync(new CallKey.ConferenceName(room), cancellationToken) is { } call
        && await intents.TakeAsync(leg, call.Id, agentId, role, form["intent"], cancellationToken) is { } why
            ? await decisions.RefuseAsync(leg, agentId, call.Id, why, cancellationToken)
            : null;

    private VoiceResponse Unknown(TwilioForm form, string why)
    {
        log.LogWarning("A voice request was not understood: {Why}.", why);
        return form.InForm("CallStatus") == "in-progress" ? documents.Apology() : VoiceDocuments.Reject();
    }

    private async Task<JoinDecision> RefuseAsync(int agentId, string why, CancellationToken cancellationToken)
    {
        log.LogWarning("Agent {AgentId} was refused a conference: {Why}.", agentId, why);
        await audit.WriteAsync(AuditAction.JoinRefused, agentId, callId: null, why, cancellationToken);
        return new JoinDecision.Refused(why);
    }

    private Task Ignore(string what, string? word)
    {
        log.LogDebug("A {What} changes nothing: {Word}.", what, word is { Length: > 40 } ? word[..40] : word);
        return Task.CompletedTask;
    }

    private static bool IsSaidDifferently(TwilioForm form, string name) =>
        form.FormParameters.Where(parameter => parameter.Key == name)
            .Select(parameter => parameter.Value).Distinct(StringComparer.Ordinal).Count() > 1;

    /// <summary>For the record only: the sound is fetched by its SID. Twilio may still write http.</summary>
    private static string? RecordingUrl(string? url)
    {
        if (url is null || url.Length > 500
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            return null;
        }

        return uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback ? "https" + url["http".Length..] : url;
    }
}
