using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace UppalCrm.Core.Telemetry;

/// <summary>
/// What is measured about calls. Nothing here holds a name, a telephone number or an address: a call is named by its id, an agent not
/// at all. It is measured always, and exported where a collector is configured.
/// </summary>
public static class CallTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "UppalCrm";

    /// <summary>The tag of a trace, and of a log line, that names the call.</summary>
    public const string CallId = "uppalcrm.call.id";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Webhooks = Seconds(
        "uppalcrm.webhook.duration", "From the carrier's request to our answer.",
        0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5);

    private static readonly Histogram<double> OfferDelays = Seconds(
        "uppalcrm.offer.delay", "From the carrier's request to a stage of the call's offer.",
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

    private static readonly Histogram<double> Joins = Seconds(
        "uppalcrm.join.duration", "From an agent's claim to the agent's leg in the conference.",
        0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20);

    private static readonly Histogram<double> CarrierRequests = Seconds(
        "uppalcrm.carrier.request.duration", "A request to the carrier, with its retries.",
        0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32);

    private static readonly Histogram<double> Recordings = Seconds(
        "uppalcrm.recording.delay", "From the end of a call to the carrier's word that its recording is there.",
        1, 2, 5, 10, 30, 60, 300, 3600);

    private static readonly Histogram<double> WriteWaits = Seconds(
        "uppalcrm.write.wait", "How long a write waited for its turn.",
        0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10);

    private static readonly UpDownCounter<int> WritesWaiting = Meter.CreateUpDownCounter<int>(
        "uppalcrm.writes.waiting", "{write}", "Writes that wait for their turn now.");

    private static readonly Counter<int> Claims = Meter.CreateCounter<int>(
        "uppalcrm.claims", "{claim}", "Claims of waiting calls, by what came of them.");

    private static readonly Counter<int> Corrections = Meter.CreateCounter<int>(
        "uppalcrm.reconciler.corrections", "{correction}", "What was different at the carrier, and was put right.");

    private static readonly Counter<int> Ends = Meter.CreateCounter<int>(
        "uppalcrm.calls.ended", "{call}", "Calls that are over, by direction and outcome.");

    /// <param name="webhook">The last part of its path.</param>
    /// <param name="status">The HTTP status of our answer.</param>
    public static void WebhookAnswered(string webhook, int status, TimeSpan took) =>
        Webhooks.Record(took.TotalSeconds, Tag("webhook", webhook), Tag("http.response.status_code", status));

    /// <summary>The browsers that may show an offer have been told of it.</summary>
    /// <param name="since">Since the carrier's request.</param>
    public static void OfferPublished(TimeSpan since) => OfferReached("published", since);

    /// <summary>A browser has done something with an offer.</summary>
    /// <param name="since">Since the carrier's request.</param>
    public static void OfferReached(OfferStage stage, TimeSpan since) => OfferReached(
        stage switch { OfferStage.Painted => "painted", OfferStage.Audible => "audible", _ => "blocked" }, since);

    /// <param name="result"><c>won</c>, <c>lost</c> or <c>busy</c>.</param>
    public static void Claimed(long callId, string result)
    {
        BelongsTo(callId);
        Claims.Add(1, Tag("result", result));
    }

    /// <param name="operation">The method and the kind of resource, without any SID.</param>
    /// <param name="result">The HTTP status, or why there was none.</param>
    public static void CarrierAsked(string operation, string result, TimeSpan took) =>
        CarrierRequests.Record(took.TotalSeconds, Tag("operation", operation), Tag("result", result));

    /// <param name="correction">What was put right.</param>
    public static void Corrected(string correction) => Corrections.Add(1, Tag("correction", correction));

    /// <summary>A write begins to wait for its turn.</summary>
    public static void WriteWaiting() => WritesWaiting.Add(1);

    /// <summary>A write has waited, whether its turn has come or it was given up.</summary>
    public static void WriteWaited(TimeSpan took)
    {
        WritesWaiting.Add(-1);
        WriteWaits.Record(took.TotalSeconds);
    }

    /// <summary>Names the call in the current trace, and so in the log lines that are written meanwhile.</summary>
    public static void BelongsTo(long callId) => Activity.Current?.SetTag(CallId, callId);

    /// <summary>Counts what a saved change of a call says, and names the call in the current trace.</summary>
    public static void Changed(CallChange change)
    {
        if (change.After is not { } after)
        {
            return;
        }

        BelongsTo(after.Id);
        var before = change.Before;
        if (before is { AnsweredAt: null }
            && after is { Direction: CallDirection.Inbound, AnsweredAt: { } answered, ClaimedAt: { } claimed })
        {
            OfferReached("accepted", claimed - (after.OfferedAt ?? after.CreatedAt));
            Joins.Record(Math.Max(0, (answered - claimed).TotalSeconds));
        }

        if (before is { IsOpen: true } && !after.IsOpen)
        {
            Ends.Add(1, Tag("direction", after.Direction.ToString()), Tag("outcome", after.Outcome?.ToString() ?? "none"));
        }

        if (before is { RecordingSid: null } && after is { RecordingSid: not null, EndedAt: { } ended } && change.Event is { } heard)
        {
            Recordings.Record(Math.Max(0, (heard.ReceivedAt - ended).TotalSeconds));
        }
    }

    private static void OfferReached(string stage, TimeSpan since) =>
        OfferDelays.Record(Math.Max(0, since.TotalSeconds), Tag("stage", stage));

    private static Histogram<double> Seconds(string name, string description, params double[] boundaries) => Meter.CreateHistogram(
        name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
