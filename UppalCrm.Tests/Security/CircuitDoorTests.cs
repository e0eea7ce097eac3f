using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Core.Supervision;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Security;

/// <summary>
/// The doors behind the pages: every public method of the services that ask for a right, found by itself. A circuit calls them with the
/// person of its session; a page that forgot to hide a button must not be enough.
/// </summary>
public sealed class CircuitDoorTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    /// <summary>What such a service calls the person who asks.</summary>
    private static readonly string[] Askers = ["byAgentId", "supervisorId", "readerId", "viewerId"];

    private House House => shared.House;

    [Fact]
    public async Task An_agent_is_refused_at_every_method_that_asks_for_a_right()
    {
        var lee = await House.AgentIdAsync("lee@uppalcrm.test");
        var doors = typeof(FloorRights).Assembly.GetTypes()
            .Where(AsksForRights)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters().Any(IsAsker)).ToList();
        var open = new List<string>();
        foreach (var door in doors)
        {
            var service = House.Services.GetRequiredService(door.DeclaringType!);
            var arguments = door.GetParameters().Select(p => IsAsker(p) ? lee : SomeValueOf(p.ParameterType)).ToArray();
            if (await Record.ExceptionAsync(() => AskAsync(door.Invoke(service, arguments)!)) is not NotAllowedException)
            {
                open.Add($"{door.DeclaringType!.Name}.{door.Name}");
            }
        }

        Assert.Empty(open);
        Assert.Contains(doors, door => door.Name == "InviteAsync");
        Assert.Contains(doors, door => door.Name == "EraseAsync");
        Assert.True(doors.Count >= 25, $"{doors.Count} doors were found");
    }

    private static bool AsksForRights(Type service) =>
        service.GetConstructors().SelectMany(made => made.GetParameters()).Any(p => p.ParameterType == typeof(FloorRights));

    private static bool IsAsker(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(int) && Askers.Contains(parameter.Name, StringComparer.Ordinal);

    private static object? SomeValueOf(Type type) =>
        type == typeof(string) ? "x" : type == typeof(CancellationToken) ? TestContext.Current.CancellationToken
        : type.IsValueType ? Activator.CreateInstance(type) : null;

    /// <summary>Some answer at once, others when they are read.</summary>
    private static async Task AskAsync(object answer)
    {
        if (answer is Task task)
        {
            await task;
        }
        else if (answer.GetType().GetInterface("IAsyncEnumerable`1") is { } rows)
        {
            var reader = rows.GetMethod("GetAsyncEnumerator")!.Invoke(answer, [TestContext.Current.CancellationToken])!;
            await (ValueTask<bool>)typeof(IAsyncEnumerator<>).MakeGenericType(rows.GenericTypeArguments).GetMethod("MoveNextAsync")!
                .Invoke(reader, [])!;
        }
        else
        {
            await (dynamic)answer;
        }
    }
}
