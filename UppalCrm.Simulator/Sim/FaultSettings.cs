using System.Text.Json.Serialization;

namespace UppalCrm.Simulator.Sim;

/// <summary>
/// How the network misbehaves. Settable in code (<see cref="PhoneNetwork.Faults"/>) and by <c>POST /sim/knobs</c>; takes effect
/// with the next request.
/// </summary>
public sealed record FaultSettings
{
    /// <summary>Nothing misbehaves.</summary>
    public static FaultSettings None { get; } = new();

    /// <summary>Decides everything random below. The same seed and the same calls in the same order give the same faults.</summary>
    public int Seed { get; init; }

    /// <summary>What is done to webhooks. Every rule that fits is applied.</summary>
    public IReadOnlyList<WebhookRule> Webhooks { get; init; } = [];

    /// <summary>What is done to REST requests. The first rule that fits is applied.</summary>
    public IReadOnlyList<RestRule> Rest { get; init; } = [];

    /// <summary>Adds CallSid to the recording callback of a conference; Twilio's documented list lacks it.</summary>
    public bool RecordingCallSid { get; init; }

    /// <summary>Every recording ends as <c>absent</c>, as if nothing had been said.</summary>
    public bool RecordingsAbsent { get; init; }

    /// <summary>Calls created by REST that are dialled per second; the others queue. 0: no limit. (Twilio's own default is 1.)</summary>
    public double CallsPerSecond { get; init; }

    /// <summary>
    /// A parameter that a softphone gives to <c>connect()</c> replaces the field of the voice request with the same name, also From and
    /// CallSid. Otherwise the field keeps its own value, and the parameter is dropped. Twilio does not document which one happens.
    /// </summary>
    public bool ConnectParametersWin { get; init; }

    /// <summary>How fast Say is spoken, in characters per second.</summary>
    public double SpeechRate { get; init; } = 15;

    /// <summary>Counts every rule's cases from the beginning.</summary>
    internal void Rewind()
    {
        foreach (var rule in Webhooks)
        {
            rule.Seen = 0;
        }

        foreach (var rule in Rest)
        {
            rule.Seen = rule.Applied = 0;
        }
    }
}

/// <summary>Which webhooks, and what is done to them. Conditions that are not set fit every webhook.</summary>
public sealed record WebhookRule
{
    /// <summary>Part of the address, e.g. <c>call-status</c>.</summary>
    public string? Path { get; init; }

    /// <summary>StatusCallbackEvent of a conference, CallStatus of a call, RecordingStatus of a recording.</summary>
    public string? Event { get; init; }

    /// <summary>One call.</summary>
    public string? CallSid { get; init; }

    /// <summary>Only the n-th that fits, counted from 1.</summary>
    public int? Nth { get; init; }

    /// <summary>From 0 to 1, drawn by the seed for each webhook.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Seconds it is late.</summary>
    public double Delay { get; init; }

    /// <summary>Up to so many further seconds late, drawn by the seed: this is what brings webhooks out of order.</summary>
    public double DelayUpTo { get; init; }

    /// <summary>So many more copies with the same idempotency token.</summary>
    public int Copies { get; init; }

    /// <summary>Seconds between copies; 0 sends them at the same time.</summary>
    public double CopyDelay { get; init; }

    /// <summary>Never sent. For a voice request this is a server that does not answer (11200).</summary>
    public bool Drop { get; init; }

    [JsonIgnore]
    internal int Seen;
}

/// <summary>Which REST requests, and what is done to them.</summary>
public sealed record RestRule
{
    /// <summary>
    /// Method and path with <c>*</c> for one part, below the account, e.g. <c>POST /Calls.json</c> or <c>POST
    /// /Conferences/*/Participants/*.json</c>. Not set: all.
    /// </summary>
    public string? Operation { get; init; }

    /// <summary>Only the n-th that fits, counted from 1.</summary>
    public int? Nth { get; init; }

    /// <summary>At most so many times. 0: always.</summary>
    public int Times { get; init; }

    /// <summary>From 0 to 1, drawn by the seed for each request.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Seconds until it is done and answered.</summary>
    public double Delay { get; init; }

    /// <summary>Refused with this status, e.g. 429, 500 or 503; nothing is done.</summary>
    public int? Status { get; init; }

    /// <summary>Does what is asked, at once, and never answers: the connection breaks after <see cref="Delay"/>.</summary>
    public bool Silent { get; init; }

    [JsonIgnore]
    internal int Seen;

    [JsonIgnore]
    internal int Applied;
}

/// <summary>Draws that depend on the seed and on names only, so that a run can be repeated although every SID is new.</summary>
internal static class Draw
{
    /// <returns>At least 0, less than 1.</returns>
    public static double Of(int seed, string name)
    {
        // FNV-1a, then a final mix: string.GetHashCode differs from process to process.
        var hash = 14695981039346656037UL ^ (uint)seed;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        return (hash >> 11) / (double)(1UL << 53);
    }
}
