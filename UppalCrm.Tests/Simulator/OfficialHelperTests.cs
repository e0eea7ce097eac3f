using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using UppalCrm.Simulator.Phones;

namespace UppalCrm.Tests.Simulator;

/// <summary>Twilio's own Node helper takes the simulator for Twilio.</summary>
public sealed class OfficialHelperTests : SimulatorTests
{
    [Fact]
    public async Task Twilios_own_helper_is_at_home_here()
    {
        AnswerAsACallCentre();
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.1 });
        var settings = Network.Settings;

        var seen = await RunAsync(
            "twilio-client.mjs",
            settings["TWILIO_API_URL"],
            settings["TWILIO_ACCOUNT_SID"],
            settings["TWILIO_API_KEY"],
            settings["TWILIO_API_SECRET"],
            Business,
            Omar,
            Customer.Url("voice?conference=helper"));

        string Saw(string name) => seen.GetProperty(name).GetRawText();
        Assert.Equal($"[\"queued\",\"outbound-api\",\"{Omar}\",\"{Business}\"]", Saw("created"));
        Assert.Equal("[\"helper\",\"in-progress\",null]", Saw("conference"));
        Assert.Equal("[true,false,false,\"connected\"]", Saw("participant"));
        Assert.Equal(("true", "true", "0", "\"completed\""), (Saw("muted"), Saw("held"), Saw("recordings"), Saw("ended")));
        Assert.Equal("[\"expert\",\"queued\"]", Saw("added"));
        Assert.Equal(("2", $"[\"{Business}\"]", "[\"Test\",true,true]"), (Saw("listed"), Saw("number"), Saw("application")));
        Assert.Equal("[400,21215,\"https://www.twilio.com/docs/errors/21215\"]", Saw("refused"));
    }

    private static async Task<JsonElement> RunAsync(string script, params string[] arguments)
    {
        using var node = new Process
        {
            StartInfo = new ProcessStartInfo("node", [Path.Combine(Oracles(), script), .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                WorkingDirectory = Oracles(),
            },
        };
        node.Start();
        var output = node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var complaint = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, await complaint);
        return JsonDocument.Parse(await output).RootElement;
    }

    private static string Oracles([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../wwwroot-interop/test-oracles"));
}
