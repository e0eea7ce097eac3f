using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Support;

/// <summary>A call that went the ordinary way, with all the news the carrier sends for it.</summary>
internal sealed record Story(Call Call, int Agent, CallSid AgentLeg, string ConferenceSid)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Arrives, is accepted after 4 s, joined after 5, and the customer hangs up after 65.</summary>
    public static async Task<Story> InboundAnsweredAsync(CallCentre centre)
    {
        var agent = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        var (leg, news) = await ClaimAsync(centre, call, agent);
        foreach (var item in news)
        {
            await item(centre);
        }

        return new Story(call, agent, leg, $"CF{call.Id:d32}");
    }

    /// <summary>Claims and connects; the carrier's news is handed back to be told in any order.</summary>
    public static async Task<(CallSid Leg, List<Func<CallCentre, Task>> News)> ClaimAsync(CallCentre centre, Call call, int agent)
    {
        var start = centre.Clock.GetUtcNow();
        await centre.Desk.AcceptAsync(call.Id, agent, Token);
        var leg = centre.NewLeg();
        await centre.News.AgentConnectingAsync(leg, agent, call.ConferenceName, Token);
        var customer = call.CustomerLeg!.Value;
        var sid = $"CF{call.Id:d32}";
        Func<CallCentre, Task> Conference(ConferenceEventKind happening, int sequence, int second, CallSid? about) =>
            f => f.News.ReportAsync(
            new ConferenceEvent(happening, sid, call.ConferenceName, sequence, start.AddSeconds(second), about), Token);
        return (leg,
        [
            Conference(ConferenceEventKind.Joined, 0, 1, customer),
            Conference(ConferenceEventKind.Joined, 1, 5, leg),
            Conference(ConferenceEventKind.Started, 2, 5, null),
            Conference(ConferenceEventKind.Held, 3, 20, customer),
            Conference(ConferenceEventKind.Unheld, 4, 30, customer),
            Conference(ConferenceEventKind.Left, 5, 65, customer),
            Conference(ConferenceEventKind.Ended, 6, 65, customer),
            Conference(ConferenceEventKind.Left, 7, 65, leg),
            f => f.News.ReportAsync(new LegEvent(customer, LegState.Completed, 0, start.AddSeconds(65), 65, null), Token),
            f => f.News.ReportAsync(
                new RecordingEvent($"RE{call.Id}", "https://carrier.test/r", 60, sid, null, false, false, start.AddSeconds(66)), Token),
        ]);
    }
}
