using System.Text.Json;
using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Rest;
using UppalCrm.Tests.Twilio;

namespace UppalCrm.Tests.Simulator;

/// <summary>Names of fields, against the official API description; refusals, against Twilio's error catalogue.</summary>
public sealed class RestShapeTests : SimulatorTests
{
    [Fact]
    public void The_fields_it_takes_are_those_of_the_official_description()
    {
        var official = Vectors.Read("rest-fields.json").GetProperty("operations").EnumerateObject().ToDictionary(
            operation => System.Text.RegularExpressions.Regex.Replace(
                operation.Name.Replace("/2010-04-01/Accounts/{AccountSid}", "", StringComparison.Ordinal), "\\{[A-Za-z]+\\}", "*"),
            operation => operation.Value,
            StringComparer.Ordinal);

        Assert.NotEmpty(FieldNames.Operations);
        Assert.All(FieldNames.Operations, operation =>
        {
            var names = official[operation].TryGetProperty(
                operation.StartsWith("GET", StringComparison.Ordinal) ? "query" : "form", out var fields)
                ? fields.EnumerateObject().Select(field => field.Name)
                : [];
            Assert.Equal(names.Order(StringComparer.Ordinal), FieldNames.Of(operation)!.Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public async Task Its_answers_have_the_names_of_the_official_samples()
    {
        AnswerAsACallCentre();
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.1 });
        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("incoming-" + caller, 1);
        var conference = (await Conference("incoming-" + caller))!.Sid;
        var samples = Vectors.Read("rest-samples.json").GetProperty("samples");

        AssertSameNames(
            samples.GetProperty("POST /Calls.json 201"),
            await PostAsync("Calls.json", ("To", Omar), ("From", Business), ("Url", Customer.Url("voice?conference=other"))));
        AssertSameNames(samples.GetProperty("GET /Calls/{Sid}.json 200"), await GetAsync($"Calls/{caller}.json"));
        AssertSameNames(samples.GetProperty("GET /Calls.json 200"), await GetAsync("Calls.json"));
        AssertSameNames(samples.GetProperty("GET /Conferences/{Sid}.json 200"), await GetAsync($"Conferences/{conference}.json"));
        AssertSameNames(
            samples.GetProperty("POST /Conferences/{ConferenceSid}/Participants.json 201"),
            await PostAsync($"Conferences/{conference}/Participants.json", ("To", Omar), ("From", Business)));
        await Eventually(async () => (await Conference("incoming-" + caller))!.RecordingSid is not null, "a recording");
        AssertSameNames(
            samples.GetProperty("GET /Recordings/{Sid}.json 200"),
            await GetAsync($"Recordings/{(await Conference("incoming-" + caller))!.RecordingSid}.json"));

        var fields = Vectors.Read("rest-fields.json").GetProperty("operations");
        AssertSameNames(
            Response(fields, "GET", "/IncomingPhoneNumbers.json"),
            (await GetAsync("IncomingPhoneNumbers.json")).GetProperty("incoming_phone_numbers")[0]);
        AssertSameNames(
            Response(fields, "GET", "/Applications.json"), (await GetAsync("Applications.json")).GetProperty("applications")[0]);
    }

    [Theory]
    [InlineData("+15005550001", Business, 400, 21217)]
    [InlineData("+15005550002", Business, 400, 21214)]
    [InlineData("+15005550003", Business, 400, 21215)]
    [InlineData("+15005550004", Business, 400, 21216)]
    [InlineData("0049 30", Business, 400, 21211)]
    [InlineData("", Business, 400, 21201)]
    [InlineData(Omar, "", 400, 21213)]
    [InlineData(Omar, "+15005550001", 400, 21212)]
    [InlineData(Omar, "+12025550199", 400, 21210)]
    public async Task A_call_that_cannot_be_made_is_refused_as_twilio_refuses_it(string to, string from, int status, int code) =>
        Assert.Equal(
            (status, code), await RefusedAsync(HttpMethod.Post, "Calls.json", ("To", to), ("From", from), ("Url", Customer.Url("voice"))));

    [Fact]
    public async Task Strangers_misspellings_and_absent_things_are_refused()
    {
        Assert.Equal((400, 21205), await RefusedAsync(HttpMethod.Post, "Calls.json", ("To", Omar), ("From", Business)));
        Assert.Equal((400, 21205), await RefusedAsync(HttpMethod.Post, "Calls.json", ("To", Omar), ("From", Business), ("Url", "voice")));
        Assert.Equal(
            (400, 20001),
            await RefusedAsync(
                HttpMethod.Post,
                "Calls.json",
                ("To", Omar),
                ("From", Business),
                ("Url", Customer.Url("voice")),
                ("StatusCallbackEvents", "completed")));
        Assert.Equal((404, 20404), await RefusedAsync(HttpMethod.Get, "Calls/CA00000000000000000000000000000001.json"));
        Assert.Equal((404, 20404), await RefusedAsync(HttpMethod.Get, "Nothing.json"));
        Assert.Equal((405, 20004), await RefusedAsync(HttpMethod.Delete, "Calls.json"));
        Assert.Contains(
            Network.Log.After(),
            entry => entry.Kind == "rest" && entry.Text.Contains("'StatusCallbackEvents' is not a field", StringComparison.Ordinal));

        Rest.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("AC00000000000000000000000000005090:wrong"u8));
        Assert.Equal((401, 20003), await RefusedAsync(HttpMethod.Get, "Calls.json"));
    }

    [Fact]
    public async Task Long_lists_come_in_pages_that_can_be_followed()
    {
        AnswerAsACallCentre();
        for (var i = 0; i < 5; i++)
        {
            await Network.PlaceCallAsync(Maya, Business);
        }

        var seen = new List<string>();
        var next = $"Calls.json?From={Uri.EscapeDataString(Maya)}&PageSize=2";
        while (next is not null)
        {
            var page = await GetAsync(next);
            seen.AddRange(page.GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("sid").GetString()!));
            next = page.GetProperty("next_page_uri").GetString() is { } uri ? new Uri(Network.Address, uri).AbsoluteUri : null;
        }

        Assert.Equal(5, seen.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public async Task Numbers_and_applications_can_be_pointed_elsewhere()
    {
        Customer.Answers["elsewhere"] = _ => "<Response><Reject reason=\"busy\"/></Response>";
        var number = (await GetAsync("IncomingPhoneNumbers.json")).GetProperty("incoming_phone_numbers")[0].GetProperty("sid").GetString();

        await PostAsync(
            $"IncomingPhoneNumbers/{number}.json", ("VoiceUrl", Customer.Url("elsewhere")), ("StatusCallback", Customer.Url("ended")));
        var caller = await Network.PlaceCallAsync(Maya, Business);

        await CallIs(caller, "busy");
        await Eventually(() => Customer.At("ended").Count == 1, "the status callback of the number");
        Assert.Equal(
            ("busy", "inbound", "0"),
            (Customer.At("ended")[0]["CallStatus"], Customer.At("ended")[0]["Direction"], Customer.At("ended")[0]["CallDuration"]));

        await PostAsync($"Applications/{Network.Settings["TWILIO_TWIML_APP_SID"]}.json", ("VoiceUrl", Customer.Url("elsewhere")));
        await CallIs(await Network.ConnectSoftphoneAsync("agent_7"), "busy");
    }

    private static JsonElement Response(JsonElement operations, string method, string path) =>
        operations.GetProperty($"{method} /2010-04-01/Accounts/{{AccountSid}}{path}").GetProperty("response");

    private static void AssertSameNames(JsonElement expected, JsonElement actual) => Assert.Equal(
        expected.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal),
        actual.EnumerateObject().Select(field => field.Name).Where(name => name != "track").Order(StringComparer.Ordinal));
}
