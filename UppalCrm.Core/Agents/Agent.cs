using System.Globalization;
using Microsoft.AspNetCore.Identity;

namespace UppalCrm.Core.Agents;

/// <summary>A person who signs in: agent, supervisor or administrator, by role.</summary>
public sealed class Agent : IdentityUser<int>
{
    public string DisplayName { get; set; } = "";

    /// <summary>What the agent chose: a name from the list of statuses. Offers come only on one that takes calls.</summary>
    public string Status { get; set; } = AgentStatus.Offline;

    public DateTimeOffset StatusSince { get; set; }

    /// <summary>The call in hand. One at a time: a call is claimed or dialled only while this is null.</summary>
    public long? ActiveCallId { get; set; }

    /// <summary>When the call in hand began, or the last one ended.</summary>
    public DateTimeOffset? CallSince { get; set; }

    /// <summary>End of the wrap-up after the last call. Kept here, so that it outlives the browser.</summary>
    public DateTimeOffset? WrapUpUntil { get; set; }

    /// <summary>The call being wrapped up.</summary>
    public long? WrapUpCallId { get; set; }

    /// <summary>When a browser of this agent was last heard of.</summary>
    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>When the last browser of this agent went; null while there is one, or when it was not seen to go.</summary>
    public DateTimeOffset? BrowserGoneAt { get; set; }

    /// <summary>What the agent's browser says of its phone: <c>Ready</c>, <c>NoMicrophone</c>, …; null until it has said a word.</summary>
    public string? PhoneState { get; set; }

    /// <summary>The browser that is this agent's phone: of all that are connected, to whichever node, the one that came last.</summary>
    public string? PhoneBrowser { get; set; }

    /// <summary>When an administrator put this person out; null while they may sign in.</summary>
    public DateTimeOffset? DeactivatedAt { get; set; }

    /// <summary>A phone that says one of these can take no call. One that is only connecting soon can.</summary>
    public static readonly IReadOnlyList<string> StatesOfDeadPhones = ["Off", "NoMicrophone", "TokenProblem", "Unsupported"];

    /// <summary>The carrier's name for this agent: letters, digits and underscore only.</summary>
    public string Identity => IdentityOf(Id);

    public static string IdentityOf(int agentId) => string.Create(CultureInfo.InvariantCulture, $"agent_{agentId}");

    /// <returns>The agent's id for <c>agent_7</c>; null for anything else.</returns>
    public static int? ParseIdentity(string? identity) =>
        identity is not null && identity.StartsWith("agent_", StringComparison.Ordinal)
        && int.TryParse(identity.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && IdentityOf(id) == identity
            ? id
            : null;
}

/// <summary>What an agent is doing. Chosen: available, away, offline. By themselves: on call, wrap-up, unreachable.</summary>
public enum Presence
{
    Offline,
    Available,
    OnCall,
    WrapUp,

    /// <summary>On a status that takes no calls: busy, break, lunch, training.</summary>
    Away,

    /// <summary>Meant to be working, but no browser of theirs has been heard of for a while.</summary>
    Unreachable,

    /// <summary>On a status that takes calls, but their phone can take none: off, without a microphone, refused by the carrier.</summary>
    PhoneOff,
}

/// <summary>A status that agents may choose. The list is the administrator's.</summary>
public sealed class AgentStatus
{
    public const string Available = "Available";
    public const string Offline = "Offline";

    public int Id { get; set; }
    public required string Name { get; set; }
    public bool TakesCalls { get; set; }
    public int Position { get; set; }
}

/// <summary>The roles of the house.</summary>
public static class Roles
{
    public const string Agent = "Agent";
    public const string Supervisor = "Supervisor";
    public const string Admin = "Admin";

    /// <summary>Those who may watch the floor.</summary>
    public const string Supervising = Supervisor + "," + Admin;
}
