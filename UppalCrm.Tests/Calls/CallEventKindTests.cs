namespace UppalCrm.Tests.Calls;

public sealed class CallEventKindTests
{
    [Fact]
    public void Every_kind_and_every_action_has_a_word_of_its_own_that_is_read_back()
    {
        Assert.All(Enum.GetValues<CallEventKind>(), kind => Assert.Equal(kind, CallEventKinds.Parse(kind.ToWord())));
        Assert.All(Enum.GetValues<AuditAction>(), action => Assert.Equal(action, AuditActions.Parse(action.ToWord())));
    }

    [Fact]
    public void A_word_of_another_version_is_unknown_and_no_fault()
    {
        Assert.Equal(CallEventKind.Unknown, CallEventKinds.Parse("teleported"));
        Assert.Equal(AuditAction.Unknown, AuditActions.Parse("teleported"));
    }

    [Fact]
    public void Every_event_of_the_carrier_has_a_kind_of_its_own()
    {
        var kinds = Enum.GetValues<ConferenceEventKind>().Select(happening =>
            happening.ToKind()).Concat(Enum.GetValues<LegState>().Select(state => state.ToKind())).ToList();

        Assert.Equal(kinds.Count, kinds.Distinct().Count());
    }
}
