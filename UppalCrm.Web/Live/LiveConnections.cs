using System.Collections.Concurrent;

namespace UppalCrm.Web.Live;

/// <summary>The agents' browsers that are connected to this node, by agent: each call that changes asks for those of a few.</summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<int, Connection[]> _ofAgents = new();
    private readonly Lock _changing = new();

    /// <summary>The agents with at least one browser here.</summary>
    public IReadOnlyCollection<int> Agents => [.. _ofAgents.Keys];

    /// <summary>Whether no agent's browser is connected here.</summary>
    public bool IsEmpty => _ofAgents.IsEmpty;

    public bool Has(int agentId) => _ofAgents.ContainsKey(agentId);

    public void Add(string connectionId, int agentId, string browser)
    {
        lock (_changing)
        {
            _ofAgents[agentId] = [.. Of(agentId), new Connection(connectionId, browser)];
        }
    }

    /// <summary>The connections of this agent, with the browser of each.</summary>
    public IReadOnlyList<Connection> Of(int agentId) => _ofAgents.GetValueOrDefault(agentId, []);

    /// <returns>Whether it was the agent's last.</returns>
    public bool Remove(string connectionId, int agentId)
    {
        lock (_changing)
        {
            Connection[] rest = [.. Of(agentId).Where(connection => connection.Id != connectionId)];
            if (rest.Length == 0)
            {
                return _ofAgents.TryRemove(agentId, out _);
            }

            _ofAgents[agentId] = rest;
            return false;
        }
    }

    /// <param name="Id">The hub's word for it.</param>
    /// <param name="Browser">Which of the agent's browsers it is.</param>
    public readonly record struct Connection(string Id, string Browser);
}
