using System.Collections.Concurrent;

namespace UppalCrm.Web.Live;

/// <summary>The agents' browsers that are connected to this node.</summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<string, Connection> _byId = new();

    /// <summary>The agents with at least one browser here.</summary>
    public IReadOnlyCollection<int> Agents => _byId.Values.Select(c => c.AgentId).ToHashSet();

    public bool Has(int agentId) => _byId.Values.Any(c => c.AgentId == agentId);

    /// <summary>The connections of those agents, by agent.</summary>
    public ILookup<int, string> ByAgent() => _byId.Values.ToLookup(c => c.AgentId, c => c.Id);

    /// <summary>Whether no agent's browser is connected here.</summary>
    public bool IsEmpty => _byId.IsEmpty;

    public void Add(string connectionId, int agentId, string browser) =>
        _byId[connectionId] = new Connection(connectionId, agentId, browser);

    /// <summary>The connections of this agent, with the browser of each.</summary>
    public IReadOnlyList<(string Id, string Browser)> Of(int agentId) =>
        [.. _byId.Values.Where(c => c.AgentId == agentId).Select(c => (c.Id, c.Browser))];

    /// <returns>Whether it was the agent's last.</returns>
    public bool Remove(string connectionId, int agentId) => _byId.TryRemove(connectionId, out _) && !Has(agentId);

    private sealed record Connection(string Id, int AgentId, string Browser);
}
