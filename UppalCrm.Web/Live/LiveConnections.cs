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

    /// <returns>The connections of the same agent from other browsers: the newest is the phone, and they are told.</returns>
    public IReadOnlyList<string> Add(string connectionId, int agentId, string device)
    {
        var browser = BrowserOf(device);
        var others = _byId.Values.Where(c => c.AgentId == agentId && BrowserOf(c.Device) != browser).Select(c => c.Id).ToList();
        _byId[connectionId] = new Connection(connectionId, agentId, device);
        return others;
    }

    /// <returns>Whether it was the agent's last.</returns>
    public bool Remove(string connectionId, int agentId) => _byId.TryRemove(connectionId, out _) && !Has(agentId);

    private static string BrowserOf(string device) => device.Split('.', 2)[0];

    private sealed record Connection(string Id, int AgentId, string Device);
}
