using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Softphone;

public sealed class AgentPhoneTests
{
    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    private readonly ScriptedModule _module = new();

    private AgentPhone APhone() => new(new OneModule(_module), NullLogger<AgentPhone>.Instance);

    [Fact]
    public async Task A_circuit_attaches_once_and_reads_the_whole_state()
    {
        _module.Answers["attach"] = Attached("onCall");
        await using var phone = APhone();

        await phone.AttachAsync();
        var state = await phone.AttachAsync();

        Assert.Equal(PhoneStatus.OnCall, state.Status);
        Assert.Single(_module.Calls, call => call.Function == "attach");
    }

    [Fact]
    public async Task A_new_state_is_kept_before_it_is_told()
    {
        await using var phone = APhone();
        PhoneStatus? seen = null;
        phone.Changed += () => seen = phone.State.Status;

        phone.OnState(PhoneState.Unknown with { Status = PhoneStatus.Ready });

        Assert.Equal(PhoneStatus.Ready, seen);
    }

    [Fact]
    public async Task A_page_that_has_gone_is_an_answer_and_not_an_exception()
    {
        _module.Failure = new JSDisconnectedException("gone");
        await using var phone = APhone();

        Assert.Equal(PhoneState.Unknown, await phone.AttachAsync());
        Assert.Equal(PhoneAnswer.PageGone, await phone.StartShiftAsync());
        Assert.Null(await phone.GetDevicesAsync());
        Assert.Empty(await phone.GetShortcutsAsync());
    }

    [Fact]
    public async Task A_fault_in_the_script_does_not_take_the_page_down()
    {
        _module.Failure = new JSException("TypeError");
        await using var phone = APhone();

        Assert.False((await phone.TestRingAsync()).Done);
    }

    [Fact]
    public async Task A_circuit_that_ends_detaches_and_leaves_the_phone_alone()
    {
        _module.Answers["attach"] = Attached("onCall");
        var phone = APhone();
        await phone.AttachAsync();

        await phone.DisposeAsync();

        Assert.Equal(("detach", 41), (_module.Calls[^1].Function, Assert.IsType<int>(_module.Calls[^1].Arguments[0])));
        Assert.Equal(["attach", "detach"], _module.Calls.Select(call => call.Function));
        Assert.Equal(PhoneAnswer.PageGone, await phone.LeaveAsync());
    }

    [Fact]
    public async Task The_browser_measures_levels_only_while_somebody_watches()
    {
        _module.Answers["watchLevel"] = """{"done":true,"message":null}""";
        await using var phone = APhone();
        var heard = new List<double>();

        var first = await phone.WatchLevelAsync(heard.Add);
        var second = await phone.WatchLevelAsync(_ => { });
        phone.OnLevel(0.5);
        await second.DisposeAsync();
        await first.DisposeAsync();
        phone.OnLevel(1);

        Assert.Equal([true, false], _module.Calls.Select(call => call.Arguments[0]));
        Assert.Equal([0.5], heard);
    }

    [Fact]
    public async Task A_supervisor_joins_in_the_mode_the_webhook_understands()
    {
        await using var phone = APhone();

        await phone.ConnectSupervisorAsync(7, "conf-7", SupervisorMode.Whisper, "i-7");

        Assert.Equal(["7", "conf-7", "whisper", "i-7"], _module.Calls[^1].Arguments.Select(argument => $"{argument}"));
    }

    /// <summary>Both ends name the same words; a word known to one end only would break the page when it first comes.</summary>
    [Theory]
    [InlineData("PhoneStatus", typeof(PhoneStatus))]
    [InlineData("CallPhase", typeof(PhoneCallPhase))]
    [InlineData("PhoneRole", typeof(PhoneRole))]
    [InlineData("CallAction", typeof(CallAction))]
    public void The_script_and_the_page_know_the_same_words(string type, Type mirror)
    {
        var declaration = Regex.Match(StateScript(), $@"export type {type} =([^;]+);").Groups[1].Value;
        var words = Regex.Matches(declaration, "'([^']+)'").Select(word => word.Groups[1].Value).ToList();

        var read = words.Select(word => JsonSerializer.Deserialize($"\"{word}\"", mirror, Wire)!.ToString()).ToList();

        Assert.Equal(Enum.GetNames(mirror).Order(), read.Order());
    }

    private static string Attached(string status) =>
        """{"attachment":41,"state":{"status":"STATUS","detail":"","shiftStarted":true,"audible":true,"canBringHere":false,"call":null,"problem":null,"pending":[],"refusals":[]}}"""
            .Replace("STATUS", status, StringComparison.Ordinal);

    private static string StateScript()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "UppalCrm.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("UppalCrm.sln was not found above the tests.");
        }

        return File.ReadAllText(Path.Combine(folder, "wwwroot-interop", "src", "state.ts"));
    }

    /// <summary>A browser that has our module and nothing else.</summary>
    private sealed class OneModule(IJSObjectReference module) : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => InvokeAsync<TValue>(identifier, default, args);

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args)
        {
            Assert.Equal(AgentPhone.Module, identifier);
            return new((TValue)module);
        }
    }

    /// <summary>The module: answers by JSON, as a browser does.</summary>
    private sealed class ScriptedModule : IJSObjectReference
    {
        public Dictionary<string, string> Answers { get; } = [];

        public List<(string Function, object?[] Arguments)> Calls { get; } = [];

        public Exception? Failure { get; set; }

        public Func<string, object?[], string>? Respond { get; set; }

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => InvokeAsync<TValue>(identifier, default, args);

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args)
        {
            if (Failure is not null)
            {
                return ValueTask.FromException<TValue>(Failure);
            }

            Calls.Add((identifier, args ?? []));
            var answer = Respond?.Invoke(identifier, args!) ?? Answers.GetValueOrDefault(identifier, "null");
            return new(JsonSerializer.Deserialize<TValue>(answer, Wire)!);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
