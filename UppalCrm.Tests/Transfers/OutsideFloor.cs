using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>Dana talks with a customer; Lee is free.</summary>
internal sealed record OutsideFloor(CallCentre Centre, int Dana, int Lee, Call Call) : IAsyncDisposable
{
    public const string Bank = "+12025550177";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public OutsideTransfers OutsideTransfers => Centre.Get<OutsideTransfers>();

    public CallSid Customer => Call.CustomerLeg!.Value;

    public CallSid DanasLeg => Call.Legs.Single(leg => leg.Role == LegRole.Agent).CallSid;

    /// <summary>The leg that the carrier gives the last number that was dialled.</summary>
    public CallSid Outside => new($"CAe{TransferId:x31}");

    private long TransferId { get; set; }

    public static async Task<OutsideFloor> OpenAsync(params (string Key, string Value)[] settings)
    {
        var centre = await CallCentre.OpenAsync(settings);
        var dana = await centre.HireAsync("Dana");
        var floor = new OutsideFloor(centre, dana, await centre.HireAsync("Lee"), await centre.InCallAsync(dana));
        centre.Clock.Advance(TimeSpan.FromSeconds(5));
        await centre.Roster.SeenAsync([dana, floor.Lee], Token);
        return floor;
    }

    public async Task<Result> StartAsync(string number = Bank, bool consult = false, string? note = null)
    {
        TransferId++; // the ids of an empty table
        var begun = await OutsideTransfers.StartAsync(Call.Id, Dana, number, note, consult, Token);
        TransferId = (await GetAsync()).Transfers.LastOrDefault()?.Id ?? 0;
        return begun;
    }

    /// <summary>The number answers, and the carrier asks where it is to go.</summary>
    public async Task<JoinDecision> AnswersAsync(bool check = true)
    {
        var decision = await Centre.News.OutsideAnsweredAsync(Outside, Call.ConferenceName, TransferId, Bank, Token);
        Assert.True(!check || decision is JoinDecision.Allowed);
        return decision;
    }

    public async Task JoinsAsync()
    {
        await Centre.TellAsync(Call, ConferenceEventKind.Joined, Outside);
        await Centre.CarrierIsDoneAsync();
    }

    public async Task TakenAsync()
    {
        Assert.True((await StartAsync()).IsDone);
        await AnswersAsync();
        await JoinsAsync();
    }

    /// <summary>Dana and the number talk.</summary>
    public async Task ConsultAsync()
    {
        Assert.True((await StartAsync(consult: true)).IsDone);
        await AnswersAsync();
        await JoinsAsync();
    }

    public async Task<IEnumerable<string>> TalkAsync(TransferState state)
    {
        Centre.Carrier.Asked.Clear();
        Assert.True((await Centre.Transfers.TalkAsync(Call.Id, Dana, state, Token)).IsDone);
        await Centre.CarrierIsDoneAsync();
        return Asked();
    }

    public async Task EndAsync(string how)
    {
        switch (how)
        {
            case "taken back":
                Assert.True((await Centre.Transfers.CancelAsync(Call.Id, Dana, Token)).IsDone);
                break;
            case "rings on":
                Centre.Clock.Advance(TimeSpan.FromSeconds(30));
                await Centre.Roster.SeenAsync([Dana, Lee], Token);
                await Centre.SweepAsync();
                break;
            default:
                await Centre.News.ReportAsync(
                    new LegEvent(Outside, how switch
                    {
                        "busy" => LegState.Busy,
                        "failed" => LegState.Failed,
                        "no answer" => LegState.NoAnswer,
                        _ => LegState.Completed,
                    }, 2, Centre.Clock.GetUtcNow(), 0, null), Token);
                break;
        }

        await Centre.CarrierIsDoneAsync();
    }

    public async Task<(CallStatus Status, TransferState Transfer)> StandsAsync()
    {
        var call = await GetAsync();
        return (call.Status, call.Transfers.MaxBy(t => t.Id)!.State);
    }

    public IEnumerable<string> Asked() => Centre.Carrier.Asked.Order();

    public Task<Call> GetAsync() => Centre.GetAsync(Call.Id);

    public ValueTask DisposeAsync() => Centre.DisposeAsync();
}
