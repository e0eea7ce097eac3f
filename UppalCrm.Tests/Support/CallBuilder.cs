namespace UppalCrm.Tests.Support;

/// <summary>A call in memory, brought to its state by the rules that bring real ones there.</summary>
internal sealed class CallBuilder
{
    public const int Dana = 7;
    public const int Lee = 8;
    public const int Sam = 9;

    public static readonly DateTimeOffset Noon = new(2026, 6, 17, 12, 0, 0, TimeSpan.Zero);
    public static readonly CallSid Customer = new("CA00000000000000000000000000000001");
    public static readonly CallSid DanasLeg = new("CA00000000000000000000000000000002");
    public static readonly CallSid LeesLeg = new("CA00000000000000000000000000000003");
    public static readonly CallSid SamsLeg = new("CA00000000000000000000000000000004");

    private int _sequence;

    private CallBuilder(Call call) => Call = call;

    public Call Call { get; }

    /// <summary>A caller waits.</summary>
    public static CallBuilder Inbound() => new(new Call
    {
        Id = 1, Direction = CallDirection.Inbound, FromNumber = "+12025550111", ToNumber = "+12025550100",
            ConferenceName = $"incoming-{Customer}",
        CustomerLeg = Customer, Status = CallStatus.Waiting, CreatedAt = Noon, OfferedAt = Noon, ExpiresAt = Noon.AddMinutes(1),
        Legs = [new CallLeg { CallSid = Customer, Role = LegRole.Customer }],
    });

    /// <summary>Dana has dialled, and her leg is on its way.</summary>
    public static CallBuilder Outbound() => new CallBuilder(new Call
    {
        Id = 2, Direction = CallDirection.Outbound, FromNumber = "+12025550100", ToNumber = "+12025550111", ConferenceName = "conf-1",
        AgentId = Dana, Status = CallStatus.Preparing, CreatedAt = Noon, ExpiresAt = Noon.AddSeconds(10),
    }).With(DanasLeg, LegRole.Agent, Dana);

    /// <summary>Dana talks with a caller.</summary>
    public static CallBuilder InCall() => Inbound().ClaimedBy(Dana).With(DanasLeg, LegRole.Agent, Dana)
        .Tell(ConferenceEventKind.Joined, Customer).Tell(ConferenceEventKind.Joined, DanasLeg);

    public CallBuilder With(CallSid leg, LegRole role, int? agentId)
    {
        Call.GetOrAddLeg(leg, role, agentId);
        return this;
    }

    /// <summary>As the conditional write of a claim leaves the row.</summary>
    public CallBuilder ClaimedBy(int agentId)
    {
        Assert.True(Call.TryApply(CallTrigger.ClaimMade, Noon));
        (Call.AgentId, Call.ClaimedAt, Call.LeaseUntil) = (agentId, Noon, Noon.AddSeconds(10));
        return this;
    }

    /// <summary>The carrier says what happened in the conference, a second after it said the last thing.</summary>
    public CallBuilder Tell(ConferenceEventKind happening, CallSid? leg, string? reason = null)
    {
        var at = Noon.AddSeconds(++_sequence);
        CarrierEventRules.Apply(Call, new ConferenceEvent(happening, "CF1", Call.ConferenceName, _sequence, at, leg, Reason: reason), at);
        return this;
    }

    /// <summary>The change that this makes of the call as it is now.</summary>
    public CallChange Change(Func<Call, bool> change, CallEvent? row = null)
    {
        var before = Call.Copy();
        var isChange = change(Call);
        return new CallChange(before, Call, row, isChange);
    }

    /// <summary>The change that the carrier's next event makes.</summary>
    public CallChange ChangeBy(ConferenceEventKind happening, CallSid? leg) => Change(_ =>
    {
        Tell(happening, leg);
        return true;
    });
}
