using static UppalCrm.Core.Supervision.Hearing;

namespace UppalCrm.Tests.Supervision;

/// <summary>Agent, customer and supervisor in every state that matters, by the carrier's rules.</summary>
public sealed class WhoHearsWhomTests
{
    private static readonly HearingParty Agent = Party("A", LegRole.Agent);
    private static readonly HearingParty Customer = Party("C", LegRole.Customer);
    private static readonly HearingParty Supervisor = Party("S", LegRole.Supervisor);

    [Fact]
    public void Agent_and_customer_hear_each_other_and_nobody_hears_themselves()
    {
        Assert.Equal(Hears, WhoHearsWhom.Between(Agent, Customer));
        Assert.Equal(Hears, WhoHearsWhom.Between(Customer, Agent));
        Assert.Equal(Self, WhoHearsWhom.Between(Agent, Agent));
    }

    [Fact]
    public void A_listening_supervisor_hears_both_and_is_heard_by_neither()
    {
        var listening = Supervisor with { Muted = true };

        Assert.Equal((Hears, Hears), (WhoHearsWhom.Between(listening, Agent), WhoHearsWhom.Between(listening, Customer)));
        Assert.Equal((SpeakerMuted, SpeakerMuted), (WhoHearsWhom.Between(Agent, listening), WhoHearsWhom.Between(Customer, listening)));
    }

    [Fact]
    public void A_whispering_supervisor_is_heard_by_the_coached_agent_only()
    {
        var whispering = Supervisor with { Coaching = true, Coached = Agent.Leg };

        Assert.Equal(Hears, WhoHearsWhom.Between(Agent, whispering));
        Assert.Equal(Whispered, WhoHearsWhom.Between(Customer, whispering));
        Assert.Equal(Hears, WhoHearsWhom.Between(whispering, Customer));
    }

    [Fact]
    public void A_whisper_to_a_leg_that_is_gone_reaches_nobody()
    {
        var whispering = Supervisor with { Coaching = true, Coached = new CallSid("CAgone") };

        Assert.Equal((Whispered, Whispered), (WhoHearsWhom.Between(Agent, whispering), WhoHearsWhom.Between(Customer, whispering)));
    }

    [Fact]
    public void A_muted_whisper_is_heard_by_nobody()
    {
        var whispering = Supervisor with { Coaching = true, Coached = Agent.Leg, Muted = true };

        Assert.Equal(SpeakerMuted, WhoHearsWhom.Between(Agent, whispering));
    }

    [Fact]
    public void A_supervisor_who_barges_in_is_heard_by_all()
    {
        Assert.Equal((Hears, Hears), (WhoHearsWhom.Between(Agent, Supervisor), WhoHearsWhom.Between(Customer, Supervisor)));
    }

    [Fact]
    public void A_customer_on_hold_hears_music_and_is_heard_by_nobody()
    {
        var held = Customer with { Held = true };

        Assert.Equal((ListenerHeld, ListenerHeld), (WhoHearsWhom.Between(held, Agent), WhoHearsWhom.Between(held, Supervisor)));
        Assert.Equal((SpeakerHeld, SpeakerHeld), (WhoHearsWhom.Between(Agent, held), WhoHearsWhom.Between(Supervisor, held)));
        Assert.Equal(Hears, WhoHearsWhom.Between(Agent, Supervisor)); // they may talk about the caller
    }

    [Fact]
    public void A_muted_agent_hears_and_is_not_heard()
    {
        var muted = Agent with { Muted = true };

        Assert.Equal(Hears, WhoHearsWhom.Between(muted, Customer));
        Assert.Equal(SpeakerMuted, WhoHearsWhom.Between(Customer, muted));
    }

    [Fact]
    public void An_agent_on_hold_does_not_hear_the_whisper_meant_for_them()
    {
        var whispering = Supervisor with { Coaching = true, Coached = Agent.Leg };

        Assert.Equal(ListenerHeld, WhoHearsWhom.Between(Agent with { Held = true }, whispering));
    }

    [Fact]
    public void Every_answer_but_ones_own_has_words_naming_both()
    {
        Assert.All(Enum.GetValues<Hearing>().Except([Self]), hearing =>
        {
            var words = WhoHearsWhom.InWords(hearing, "Dana", "Mary");
            Assert.Contains("Dana", words);
            Assert.Matches("Mary|somebody", words);
        });
    }

    private static HearingParty Party(string name, LegRole role) => new(new CallSid($"CA{name}"), role, name, false, false, false, null);
}
