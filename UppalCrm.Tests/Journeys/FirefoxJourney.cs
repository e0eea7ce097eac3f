using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using UppalCrm.Core.Calls;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Journeys;

/// <summary>
/// A call out and a call in with Firefox, the unmodified Voice SDK in it, and sound at both ends. Playwright drives no Firefox that
/// people have, so a Node program drives Debian's over WebDriver BiDi.
/// </summary>
[Collection(nameof(Stage))]
public sealed class FirefoxJourney(ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Firefox_carries_a_call_out_and_a_call_in_with_sound_at_both_ends()
    {
        await using var house = await House.OpenAsync();
        await using var sound = await SoundServer.StartAsync();

        var measured = await DriveFirefoxAsync(house, sound);

        Assert.Equal("on", measured.GetProperty("microphone").GetString());
        output.WriteLine($"Firefox opened its sound in {measured.GetProperty("soundBeganAfterMs").GetDouble():f0} ms.");
        foreach (var direction in (string[])["out", "in"])
        {
            var (desk, phone) = Levels(measured.GetProperty(direction));
            output.WriteLine($"Call {direction}: the desk hears 1 kHz at {desk:f1} dB; the phone hears 440 Hz at {phone:f1} dB.");
            Assert.True(desk > -80 && phone > -80, $"call {direction}: {desk:f1} dB at the desk, {phone:f1} dB at the phone");
        }

        var last = await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, ConferenceEndedAt: not null }, "the call in is over");
        var first = await house.FindCallAsync(calls => calls.Where(c => c.Id < last.Id));
        Assert.Equal((CallDirection.Outbound, CallOutcome.Answered), (first!.Direction, first.Outcome));
        Assert.Equal((CallDirection.Inbound, CallOutcome.Answered), (last.Direction, last.Outcome));
    }

    private static (double Desk, double Phone) Levels(JsonElement call) =>
        (call.GetProperty("deskHearsDb").GetDouble(), call.GetProperty("phoneHearsDb").GetDouble());

    private static async Task<JsonElement> DriveFirefoxAsync(House house, SoundServer sound)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Longest);
        using var node = new Process
        {
            StartInfo = new ProcessStartInfo("node", [Script()])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                Environment = { ["PULSE_SERVER"] = sound.Address },
            },
        };
        node.Start();
        try
        {
            var measured = node.StandardOutput.ReadToEndAsync(limit.Token);
            var complaint = node.StandardError.ReadToEndAsync(limit.Token);
            await node.StandardInput.WriteAsync(JsonSerializer.Serialize(new
            {
                crm = house.Address,
                network = house.Network.Address.GetLeftPart(UriPartial.Authority),
                ourNumber = house.OurNumber,
                customer = Maya,
                email = "dana@uppalcrm.test",
                password = Web.SignIn.DemoUsers.Password,
                ears = DeskBrowser.Ears,
            }).AsMemory(), limit.Token);
            node.StandardInput.Close();
            await node.WaitForExitAsync(limit.Token);
            var log = house.Network.Log.After().TakeLast(60).Select(entry => $"{entry.At:HH:mm:ss.fff} {entry.Kind}: {entry.Text}");
            Assert.True(node.ExitCode == 0, $"{await complaint}\n\nThe network's log ends:\n{string.Join('\n', log)}");
            return JsonDocument.Parse(await measured).RootElement;
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill(entireProcessTree: true);
            }
        }
    }

    private static string Script([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../wwwroot-interop/test-firefox/calls.mjs"));

    /// <summary>
    /// A PulseAudio of our own: a loudspeaker that swallows sound and a microphone that hums 440 Hz. Firefox opens no sound at all on a
    /// machine without a sound device.
    /// </summary>
    private sealed class SoundServer : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-sound-").FullName;
        private readonly Process _process;

        private SoundServer()
        {
            // The folder stands in for the user's, so that a sound server of the user is neither found nor disturbed.
            var socket = Path.Combine(_folder, "socket");
            Address = "unix:" + socket;
            _process = Process.Start(new ProcessStartInfo(
                "pulseaudio",
                [
                    "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr", "--log-level=error",
                    "--load=module-null-sink sink_name=loudspeaker",
                    "--load=module-sine-source source_name=microphone frequency=440",
                    $"--load=module-native-protocol-unix auth-anonymous=1 socket={socket}",
                ])
            {
                UseShellExecute = false,
                Environment = { ["HOME"] = _folder, ["XDG_RUNTIME_DIR"] = _folder, ["PULSE_RUNTIME_PATH"] = _folder },
            })!;
        }

        /// <summary>For PULSE_SERVER.</summary>
        public string Address { get; }

        public static async Task<SoundServer> StartAsync()
        {
            var server = new SoundServer();
            try
            {
                await Eventually.HoldsAsync(
                    () => Task.FromResult(File.Exists(server.Address["unix:".Length..])),
                    () => $"pulseaudio listens; it {(server._process.HasExited ? "has ended" : "runs")}");
                return server;
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }

            _process.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
