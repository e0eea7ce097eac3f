using UppalCrm.Simulator.Phones;

namespace UppalCrm.Tests.Simulator;

/// <summary>Calls that are placed by REST: how they begin, and how they end.</summary>
public sealed class OutboundCallTests : SimulatorTests
{
    [Fact]
    public async Task An_agent_dials_out_joins_first_and_either_end_ends_it()
    {
        AnswerAsACallCentre();
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.3, Talk = 0.5 });
        var agent = await Network.ConnectSoftphoneAsync(
            "agent_7", new Dictionary<string, string> { ["conference"] = "conf-1", ["participant"] = "agent" });
        await Eventually(
            () => Customer.At("conference").Any(told => told["StatusCallbackEvent"] == "participant-join"), "the agent's join");

        var call = await PostAsync(
            "Calls.json",
            ("To", Omar),
            ("From", Business),
            ("Url", Customer.Url("voice?conference=conf-1&participant=customer")),
            ("Timeout", "60"),
            ("StatusCallback", Customer.Url("status")),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"));
        var customer = call.GetProperty("sid").GetString()!;
        Assert.Equal("queued", call.GetProperty("status").GetString());
        await CallIs(customer, "completed");
        await CallIs(agent, "completed");
        await Eventually(() => Customer.At("status").Count == 4, "four callbacks");

        var asked = Customer.At("voice").Single(told => told["CallSid"] == customer);
        Assert.Equal(
            ("in-progress", "outbound-api", Business, Omar, "customer"),
            (asked["CallStatus"], asked["Direction"], asked["From"], asked["To"], asked["participant"]));
        Assert.True(asked.IsSigned);
        var steps = Customer.At("status");
        Assert.Equal(["initiated", "ringing", "in-progress", "completed"], steps.Select(told => told["CallStatus"]));
        Assert.Equal(["0", "1", "2", "3"], steps.Select(told => told["SequenceNumber"]));
        Assert.All(
            steps,
            told => Assert.Equal((true, "call-progress-events", customer), (told.IsSigned, told["CallbackSource"], told["CallSid"])));
        Assert.Equal(("1", "1", "200"), (steps[3]["CallDuration"], steps[3]["Duration"], steps[3]["SipResponseCode"]));
        Assert.False(steps[2].Fields.ContainsKey("CallDuration"));
    }

    [Theory]
    [InlineData("busy", "busy", "486")]
    [InlineData("reject", "busy", "603")]
    [InlineData("fail", "failed", "404")]
    [InlineData("noAnswer", "no-answer", "487")]
    public async Task A_phone_that_is_not_answered_says_why(string how, string status, string sip)
    {
        Network.Phones.Script(
            Omar,
            new PhoneScript
            {
                AnswerAfter = 0.1,
                Busy = how == "busy",
                Reject = how == "reject",
                Fail = how == "fail",
                NoAnswer = how == "noAnswer",
            });

        await PostAsync(
            "Calls.json",
            ("To", Omar),
            ("From", Business),
            ("Url", Customer.Url("voice")),
            ("Timeout", "1"),
            ("StatusCallback", Customer.Url("status")));
        await Eventually(() => Customer.At("status").Count == 1, "the end");

        Assert.Equal(
            (status, "0", "0", sip, "0"),
            (
                Customer.At("status")[0]["CallStatus"],
                Customer.At("status")[0]["CallDuration"],
                Customer.At("status")[0]["Duration"],
                Customer.At("status")[0]["SipResponseCode"],
                Customer.At("status")[0]["SequenceNumber"]));
    }

    [Fact]
    public async Task A_ringing_call_can_be_cancelled_and_a_finished_one_not()
    {
        Network.Phones.Script(Omar, new PhoneScript { NoAnswer = true });
        var sid = (
            await PostAsync(
                "Calls.json",
                ("To", Omar),
                ("From", Business),
                ("Url", Customer.Url("voice")),
                ("StatusCallback", Customer.Url("status")))).GetProperty("sid").GetString()!;
        await CallIs(sid, "ringing");

        Assert.Equal("canceled", (await PostAsync($"Calls/{sid}.json", ("Status", "canceled"))).GetProperty("status").GetString());

        await Eventually(() => Customer.At("status").Count == 1, "the end");
        Assert.Equal("canceled", Customer.At("status")[0]["CallStatus"]);
        Assert.Equal((400, 21220), await RefusedAsync(HttpMethod.Post, $"Calls/{sid}.json", ("Status", "completed")));
        Assert.Empty(Customer.At("voice"));
    }
}
