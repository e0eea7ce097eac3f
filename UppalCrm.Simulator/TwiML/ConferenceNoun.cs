using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.TwiML;

/// <summary>The Conference noun of Dial: lets the leg into a conference and waits until it has left.</summary>
internal sealed class ConferenceNoun(TwimlRun run, Verb dial, Verb noun)
{
    /// <returns>The fields for the action of Dial; null when the leg was not let in and goes on with the next verb.</returns>
    public async Task<List<KeyValuePair<string, string>>?> PerformAsync()
    {
        var exchange = run.Exchange;
        var leg = run.Leg;
        await run.AcceptAsync();
        run.Cancelled.ThrowIfCancellationRequested();
        var name = noun.Text.Trim();
        if (name.Length is 0 or > 128)
        {
            exchange.Log.Error(13237, "the name of a conference has 1 to 128 characters.", leg.Sid);
            return null;
        }

        var conference = exchange.Conferences.Open(name);
        var (participant, code) = conference.Join(leg, EntryOf(noun));
        if (participant is null)
        {
            exchange.Log.Error(code, $"could not join conference {name}.", leg.Sid, conference.Sid);
            if (conference.Participants.Count == 0 && conference.Expected.Count == 0)
            {
                conference.End("last-participant-left", leg.Sid);
            }

            return code is 16023 or 16025 ? null : [new("DialCallStatus", "failed")];
        }

        exchange.Changed(leg);
        void Leave() => conference.Leave(participant, "participant_hung_up");
        using var star = dial.Is("hangupOnStar") ? new KeyPresses(leg, '*', Leave) : null;
        using var limit = dial["timeLimit"] is null
            ? null
            : exchange.Loop.After(TimeSpan.FromSeconds(dial.Number("timeLimit", 14400, 1, 86400)), Leave);
        await participant.Left.Task;
        exchange.Changed(leg);
        return [new("DialCallStatus", "answered")];
    }

    private static Entry EntryOf(Verb noun)
    {
        var coached = noun["coach"] is { Length: > 0 } sid ? sid : null;
        return new Entry
        {
            Label = noun["participantLabel"],
            Muted = noun.Is("muted"),
            Beep = noun.Get("beep", "true"),
            StartsConference = noun.Is("startConferenceOnEnter", otherwise: true),
            EndsConference = noun.Is("endConferenceOnExit"),
            WaitUrl = noun["waitUrl"],
            WaitMethod = noun.Get("waitMethod", "POST"),
            Coaching = coached is not null,
            CoachTarget = coached,
            Terms = new ConferenceTerms
            {
                StatusCallback = noun["statusCallback"],
                StatusCallbackMethod = noun.Get("statusCallbackMethod", "POST"),
                StatusCallbackEvents = noun.Words("statusCallbackEvent").ToHashSet(StringComparer.Ordinal),
                Record = noun.Get("record", "do-not-record") is "record-from-start" or "true",
                RecordingCallback = RecordVerb.CallbackOf(noun),
                MostParticipants = noun.Number("maxParticipants", 250, 1, 250),
                Region = noun["region"],
            },
        };
    }
}
