using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using UppalCrm.Tests.Support;
using UppalCrm.Tests.Twilio;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Telemetry;

/// <summary>What reaches a collector of traces, metrics and logs, and what must not.</summary>
public sealed class TelemetryTests
{
    private const string CallerName = "Wilhelmina Ponsonby";
    private static readonly CallSid Caller = new("CA00000000000000000000000000000071");
    private static readonly CallSid AgentLeg = new("CA00000000000000000000000000000072");

    [Fact]
    public async Task A_call_is_seen_at_the_collector_in_traces_metrics_and_logs()
    {
        await using var collector = await Collector.StartAsync();
        await using var host = await StartAsync(collector);

        await LiveThroughACallAsync(host);

        await Eventually.HoldsAsync(
            () => collector.Received("traces").Contains("/api/twilio/webhook/voice", StringComparison.Ordinal),
            "the trace of a webhook is there");
        await Eventually.HoldsAsync(
            () => collector.Received("traces").Contains(CallTelemetry.CallId, StringComparison.Ordinal), "a trace names the call");
        foreach (var metric in Expected)
        {
            await Eventually.HoldsAsync(
                () => collector.Received("metrics").Contains(metric, StringComparison.Ordinal), $"{metric} is there");
        }

        await Eventually.HoldsAsync(
            () => collector.Received("logs").Contains("Call {CallId} arrived", StringComparison.Ordinal),
            "the log of an arrival is there");
    }

    [Fact]
    public async Task No_name_and_no_telephone_number_reaches_the_collector()
    {
        await using var collector = await Collector.StartAsync();
        await using (var host = await StartAsync(collector))
        {
            await LiveThroughACallAsync(host);
            await Eventually.HoldsAsync(
                () => collector.Received("metrics").Contains("uppalcrm.webhook.duration", StringComparison.Ordinal), "metrics are there");
        }

        var received = collector.Received();
        foreach (var secret in new[] { "2025550171", "4155550100", CallerName, "Ponsonby", "Dana", TwilioHost.AuthToken })
        {
            Assert.DoesNotContain(secret, received, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task No_code_of_a_one_time_link_reaches_the_collector()
    {
        const string Code = "f00dcafe5ec2e7";
        await using var collector = await Collector.StartAsync();
        await using (var host = await StartAsync(collector))
        {
            // A browser, which is no part of this program's traces.
            using var browser = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
            foreach (var page in new[] { "/setup/", "/invitation/", "/password/" })
            {
                (await browser.GetAsync(new Uri(host.Http.BaseAddress!, page + Code), TestContext.Current.CancellationToken)).Dispose();
            }

            await LiveThroughACallAsync(host);
            await Eventually.HoldsAsync(
                () => collector.Received("traces").Contains("/api/twilio/webhook/voice", StringComparison.Ordinal),
                "the trace of a webhook that came later is there");
            await Eventually.HoldsAsync(
                () => collector.Received("logs").Contains("Call {CallId} arrived", StringComparison.Ordinal), "so is the log");
        }

        Assert.DoesNotContain(Code, collector.Received(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Without_a_collector_nothing_is_collected()
    {
        await using var host = await TwilioHost.StartAsync();

        Assert.Null(host.Find<MeterProvider>());
    }

    [Fact]
    public async Task A_collector_whose_address_is_none_is_told_at_the_start()
    {
        var failure = await Assert.ThrowsAnyAsync<OptionsValidationException>(
            () => TwilioHost.StartAsync(settings: new(StringComparer.Ordinal) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4318" }));

        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", failure.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Expected =>
    [
        "uppalcrm.webhook.duration", "uppalcrm.claims", "uppalcrm.offer.delay", "uppalcrm.join.duration", "uppalcrm.calls.ended",
        "uppalcrm.recording.delay", "http.server.request.duration", "dotnet.gc.collections",
        // On SQL Server nobody waits for their turn to write.
        .. TestDatabase.OnSqlServer ? Array.Empty<string>() : ["uppalcrm.writes.waiting", "uppalcrm.write.wait"],
    ];

    private static Task<TwilioHost> StartAsync(Collector collector) => TwilioHost.StartAsync(
        services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Information)),
        new(StringComparer.Ordinal)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        });

    /// <summary>A caller with a name waits, Dana answers, they part, and the recording is there.</summary>
    private static async Task LiveThroughACallAsync(TwilioHost host)
    {
        var conference = $"incoming-{Caller}";
        List<KeyValuePair<string, string>> arrives = [.. TwilioHost.Voice(Caller, "+12025550171"), new("CallerName", CallerName)];
        await host.AskAsync(arrives);
        var call = await host.CallOfAsync(Caller);
        await host.Get<CallCommands>().AcceptAsync(call.Id, TwilioHost.Dana, TestContext.Current.CancellationToken);
        await host.Get<CallCommands>().AcceptAsync(call.Id, TwilioHost.Lee, TestContext.Current.CancellationToken);
        await host.ToldToJoinAsync(call.Id, TwilioHost.Dana);
        await host.AskAsync(
            [.. TwilioHost.Voice(AgentLeg, "client:agent_7", ""), new("conference", conference), new("participant", "agent")]);
        await EventAsync("participant-join", 1, ("CallSid", Caller.Value));
        await EventAsync("participant-join", 2, ("CallSid", AgentLeg.Value));
        await EventAsync("participant-leave", 3, ("CallSid", Caller.Value));
        await EventAsync("conference-end", 4, ("CallSidEndingConference", Caller.Value));
        using var recorded = await host.PostAsync(
            WebhookPaths.Recording,
            [
                new("AccountSid", TwilioHost.Account), new("ConferenceSid", "CF00000000000000000000000000000071"),
                new("RecordingSid", "RE00000000000000000000000000000071"), new("RecordingStatus", "completed"),
                new("RecordingDuration", "3"),
                new("RecordingUrl", "https://api.twilio.com/x"),
            ]);
        Assert.Equal(HttpStatusCode.NoContent, recorded.StatusCode);

        async Task EventAsync(string happening, int sequence, (string Name, string Value) leg)
        {
            using var response = await host.PostAsync(
                WebhookPaths.ConferenceStatus,
                [
                    new("AccountSid", TwilioHost.Account), new("ConferenceSid", "CF00000000000000000000000000000071"),
                    new("FriendlyName", conference),
                    new("StatusCallbackEvent", happening), new("SequenceNumber", $"{sequence}"), new(leg.Name, leg.Value),
                    new("Muted", "false"), new("Hold", "false"), new("Coaching", "false"),
                    new("Timestamp", TimeProvider.System.GetUtcNow().ToString("r")),
                ]);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }
    }
}
