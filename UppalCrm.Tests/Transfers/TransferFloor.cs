using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>Dana talks with a customer; Lee is free.</summary>
internal sealed record TransferFloor(CallCentre Centre, int Dana, int Lee, Call Call) : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public CallSid Customer => Call.CustomerLeg!.Value;

    public CallSid DanasLeg => Call.Legs.Single(leg => leg.Role == LegRole.Agent).CallSid;

    public CallSid LeesLeg { get; private set; }

    public static async Task<TransferFloor> OpenAsync()
    {
        var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var floor = new TransferFloor(centre, dana, await centre.HireAsync("Lee"), await centre.InCallAsync(dana));
        centre.Clock.Advance(TimeSpan.FromSeconds(5));
        await centre.Roster.SeenAsync([dana, floor.Lee], Token);
        return floor;
    }

    public Task<Result> StartAsync(string? note = null, bool consult = false) =>
        Centre.Transfers.StartAsync(Call.Id, Dana, Lee, note, consult, Token);

    /// <summary>Dana and Lee talk.</summary>
    public async Task ConsultAsync()
    {
        Assert.True((await StartAsync(consult: true)).IsDone);
        Assert.True((await Centre.Transfers.AcceptAsync(Call.Id, Lee, Token)).IsDone);
        await LeeJoinsAsync();
    }

    public async Task<IEnumerable<string>> TalkAsync(TransferState state)
    {
        Centre.Carrier.Asked.Clear();
        Assert.True((await Centre.Transfers.TalkAsync(Call.Id, Dana, state, Token)).IsDone);
        await Centre.CarrierIsDoneAsync();
        return Asked();
    }

    /// <summary>Lee's softphone asks to join.</summary>
    public async Task LeeConnectsAsync()
    {
        LeesLeg = Centre.NewLeg();
        Assert.IsType<JoinDecision.Allowed>(await Centre.News.AgentConnectingAsync(LeesLeg, Lee, Call.ConferenceName, Token));
    }

    public async Task LeeJoinsAsync(bool untilDone = true)
    {
        Centre.Carrier.Asked.Clear();
        await LeeConnectsAsync();
        await Centre.TellAsync(Call, ConferenceEventKind.Joined, LeesLeg);
        if (untilDone)
        {
            await Centre.CarrierIsDoneAsync();
        }
    }

    public async Task EndAsync(string how)
    {
        switch (how)
        {
            case "declined":
                Assert.True((await Centre.Transfers.DeclineAsync(Call.Id, Lee, Token)).IsDone);
                break;
            case "cancelled":
                Assert.True((await Centre.Transfers.CancelAsync(Call.Id, Dana, Token)).IsDone);
                break;
            default:
                Centre.Clock.Advance(TimeSpan.FromSeconds(20));
                await Centre.Roster.SeenAsync([Dana, Lee], Token);
                await Centre.SweepAsync();
                break;
        }

        await Centre.CarrierIsDoneAsync();
    }

    public IEnumerable<string> Asked() => Centre.Carrier.Asked.Order();

    public Task<Call> GetAsync() => Centre.GetAsync(Call.Id);

    public async Task<long?> CallOfAsync(int agent) => (await Centre.Roster.FindAsync(agent, Token))!.CallId;

    public ValueTask DisposeAsync() => Centre.DisposeAsync();
}
