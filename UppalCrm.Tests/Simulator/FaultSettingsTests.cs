using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Sim;

namespace UppalCrm.Tests.Simulator;

public sealed class FaultSettingsTests : SimulatorTests
{
    [Fact]
    public async Task A_duplicate_has_the_token_of_the_first()
    {
        AnswerAsACallCentre();
        Network.Faults = new FaultSettings { Webhooks = [new WebhookRule { Event = "participant-join", Copies = 2 }] };

        await Network.PlaceCallAsync(Maya, Business);
        await Eventually(() => Customer.At("conference").Count == 3, "three joins");

        Assert.Single(Customer.At("conference").Select(told => told.Token).Distinct(StringComparer.Ordinal));
        Assert.Single(Customer.At("conference").Select(told => told["SequenceNumber"]).Distinct(StringComparer.Ordinal));
        Assert.True(Guid.TryParse(Customer.At("conference")[0].Token, out _));
    }

    [Fact]
    public async Task What_is_dropped_never_comes_and_what_is_late_comes_after_the_rest()
    {
        AnswerAsACallCentre();
        Network.Faults = new FaultSettings
        {
            Webhooks =
            [
                new WebhookRule { Event = "participant-leave", Drop = true },
                new WebhookRule { Path = "conference", Event = "participant-join", Delay = 0.5 },
            ],
        };

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("incoming-" + caller, 1);
        await Network.HangUpAsync(caller);

        await Eventually(() => Customer.At("conference").Count == 2, "two events");
        await Eventually(async () => (await Network.StateAsync()).WebhooksOutstanding == 0, "nothing under way");
        Assert.Equal(["conference-end", "participant-join"], Customer.At("conference").Select(told => told["StatusCallbackEvent"]));
        Assert.Contains(Network.Log.After(), entry => entry["dropped"] == "true" && entry["event"] == "participant-leave");
    }

    [Fact]
    public async Task Disorder_depends_on_the_seed_only()
    {
        async Task<string> Order(int seed)
        {
            await DisposeAsync();
            await InitializeAsync();
            AnswerAsACallCentre();
            Network.Faults = new FaultSettings { Seed = seed, Webhooks = [new WebhookRule { Path = "conference", DelayUpTo = 3 }] };
            var caller = await Network.PlaceCallAsync(Maya, Business);
            await ConferenceHas("incoming-" + caller, 1);
            var agent = await Network.ConnectSoftphoneAsync(
                "agent_7", new Dictionary<string, string> { ["conference"] = "incoming-" + caller });
            await ConferenceHas("incoming-" + caller, 2);
            await Network.HangUpAsync(agent);
            await Eventually(() => Customer.At("conference").Count == 6, "six events");
            return string.Join(' ', Customer.At("conference").Select(told => told["SequenceNumber"]));
        }

        var orders = new List<string>();
        foreach (var seed in new[] { 3, 3, 4, 5 })
        {
            orders.Add(await Order(seed));
        }

        Assert.Equal(orders[0], orders[1]);
        Assert.NotEqual("1 2 3 4 5 6", orders[0]);
        Assert.True(orders.Distinct(StringComparer.Ordinal).Count() > 1, string.Join(" | ", orders));
    }

    [Fact]
    public async Task A_rest_request_can_be_refused_and_can_be_done_without_an_answer()
    {
        Network.Phones.Script(Omar, new PhoneScript { NoAnswer = true });
        Network.Faults = new FaultSettings
        {
            Rest =
            [
                new RestRule { Operation = "POST /Calls.json", Times = 1, Status = 429 },
                new RestRule { Operation = "POST /Calls.json", Silent = true, Times = 1 },
            ],
        };
        (string, string)[] call = [("To", Omar), ("From", Business), ("Url", Customer.Url("voice"))];

        Assert.Equal((429, 20429), await RefusedAsync(HttpMethod.Post, "Calls.json", call));
        Assert.Empty((await GetAsync("Calls.json")).GetProperty("calls").EnumerateArray());

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => SendAsync(HttpMethod.Post, "Calls.json", call));
        Assert.Single((await GetAsync("Calls.json")).GetProperty("calls").EnumerateArray());

        await PostAsync("Calls.json", call);
        Assert.Equal(2, (await GetAsync("Calls.json")).GetProperty("calls").GetArrayLength());
    }

    [Fact]
    public async Task One_call_a_second_queues_the_rest()
    {
        Network.Phones.Script(Omar, new PhoneScript { NoAnswer = true });
        Network.Faults = new FaultSettings { CallsPerSecond = 1 };
        (string, string)[] call =
        [
            ("To", Omar),
            ("From", Business),
            ("Url", Customer.Url("voice")),
            ("StatusCallback", Customer.Url("status")),
        ];

        var first = (await PostAsync("Calls.json", call)).GetProperty("sid").GetString()!;
        var second = await PostAsync("Calls.json", call);
        await CallIs(first, "ringing");

        Assert.InRange(int.Parse(second.GetProperty("queue_time").GetString()!), 500, 1000);
        await PostAsync($"Calls/{second.GetProperty("sid").GetString()}.json", ("Status", "canceled"));
        await PostAsync($"Calls/{first}.json", ("Status", "canceled"));
        await Eventually(() => Customer.At("status").Count == 1, "one callback");
        Assert.Equal(first, Customer.At("status")[0]["CallSid"]);
    }

    [Fact]
    public async Task A_dead_server_is_tried_twice_and_then_the_fallback()
    {
        AnswerAsACallCentre();
        var closed = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var number = (await GetAsync("IncomingPhoneNumbers.json")).GetProperty("incoming_phone_numbers")[0].GetProperty("sid").GetString();
        await PostAsync(
            $"IncomingPhoneNumbers/{number}.json",
            ("VoiceUrl", $"http://127.0.0.1:{port}/voice"),
            ("VoiceFallbackUrl", Customer.Url("voice")));

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await CallIs(caller, "in-progress");

        Assert.Equal(
            ("11205", $"http://127.0.0.1:{port}/voice"), (Customer.At("voice")[0]["ErrorCode"], Customer.At("voice")[0]["ErrorUrl"]));
        Assert.Contains(Network.Log.After(), entry => entry["code"] == "11205");
    }

    [Fact]
    public async Task Without_a_fallback_the_caller_hears_an_apology_and_is_hung_up()
    {
        Customer.Before = context =>
        {
            context.Response.StatusCode = 500;
            return Task.FromResult(true);
        };
        Network.Faults = new FaultSettings { SpeechRate = 200 };

        var caller = await Network.PlaceCallAsync(Maya, Business);

        await CallIs(caller, "completed");
        Assert.Contains(Network.Log.After(), entry => entry["code"] == "11200");
        Assert.Contains(Network.Log.After(), entry => entry["say"]?.Contains("application error", StringComparison.Ordinal) == true);
        Assert.Single(Customer.At("voice"));
    }
}
