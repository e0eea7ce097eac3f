using System.Reflection;
using System.Text.RegularExpressions;

namespace UppalCrm.Tests.Scenarios;

/// <summary>
/// What phones, agents and the network do, step by step, and what must hold: one step a line, as one would tell it. The same file is
/// the correctness test (once), the fault test (a disorderly network, a killed process) and the load test (many at once).
/// </summary>
/// <param name="Agents">Who is on the floor, available, when it begins.</param>
/// <param name="KeepsCustomer">The floor's rule is <see cref="WhenAgentIsLost.KeepCustomer"/>.</param>
internal sealed record Scenario(string Name, IReadOnlyList<string> Agents, bool KeepsCustomer, IReadOnlyList<string> Steps)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Scenarios");

    /// <summary>The names of all scenario files.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.scenario").Select(file =>
            Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public static Scenario Read(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, name + ".scenario")).Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.StartsWith("agents ", lines[0], StringComparison.Ordinal);
        var keeps = lines[1] == "customers are kept when an agent is lost";
        var scenario = new Scenario(name, People(lines[0]["agents ".Length..]), keeps, lines[(keeps ? 2 : 1)..]);
        foreach (var step in scenario.Steps)
        {
            _ = StepTable.Find(step); // a step that nobody understands fails now, not in the middle of a call
        }

        return scenario;
    }

    /// <summary><c>Dana, Lee and Kim</c>.</summary>
    public static IReadOnlyList<string> People(string text) =>
        text.Split([", ", " and "], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>Which sentence is which method of <see cref="ScenarioRun"/>: the sentence stands on the method.</summary>
internal static class StepTable
{
    private static readonly IReadOnlyList<(Regex Sentence, MethodInfo Method)> Steps =
        [.. typeof(ScenarioRun).GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public)
            .SelectMany(method => method.GetCustomAttributes<StepAttribute>().Select(step =>
                (new Regex($"^(?:{step.Sentence})$", RegexOptions.ExplicitCapture), method)))];

    public static (MethodInfo Method, string?[] Arguments) Find(string step)
    {
        foreach (var (sentence, method) in Steps)
        {
            if (sentence.Match(step) is { Success: true } match)
            {
                return (
                    method,
                    [.. method.GetParameters().Select(p => match.Groups[p.Name!] is { Success: true } group ? group.Value : null)]);
            }
        }

        throw new InvalidDataException($"No step is written like this: '{step}'.");
    }
}

/// <summary>The sentence of a step. Named groups are the method's parameters.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class StepAttribute(string sentence) : Attribute
{
    public string Sentence { get; } = sentence;
}
