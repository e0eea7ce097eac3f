using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.JSInterop;
using UppalCrm.Web.Live;

namespace UppalCrm.Tests.Conventions;

/// <summary>A public member of Core or Web is there because production code calls it: not for a test alone, and not for a plan.</summary>
public sealed class DeadCodeTests
{
    private const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Production = [typeof(CallCommands).Assembly, typeof(CallHub).Assembly];

    /// <summary>Still to be deleted, or used.</summary>
    private static readonly string[] Owed =
    [
        "Call.Apply", "CallBack.CallId", "CallBoard.HealedGaps", "CallBoard.Watchers", "CallTransitionException.Status",
        "CallerArrived.Key",
        "ContactFile.Separator", "DialOrder.CallId", "FloorFigures.Today", "FloorTally.Of", "HearingParty.Role",
        "HistoryDetails.CallerName",
        "HistoryDetails.FollowUpAgentId", "HistoryEvent.Detail", "HistoryEvent.Source", "HistoryRow.AgentId", "HistoryRow.Version",
        "ITelephony.SetMutedAsync", "LegReport.CreatedAt", "LegReport.From", "LegReport.To", "MissedCaller.Company", "MissedCount.Untaken",
        "NumberFormat.ShowCaller", "NumberParser.IsValid", "NumberParser.ReadCaller", "NumberReading.Problem", "OurLines.Numbers",
        "ParticipantReport.Coached", "ParticipantReport.Label", "PhoneNumber.Masked", "Refused.Code", "Refused.Why",
        "TelephonyException.Code",
        "Unknown.Words", "WaitingCallers.Listeners",
    ];

    private static readonly string Script = string.Join(
        '\n', Directory.GetFiles(Path.Combine(Repository.Root, "wwwroot-interop", "src"), "*.ts").Select(File.ReadAllText));

    [Fact]
    public void A_public_member_is_called_by_production_code()
    {
        var dead = Uncalled(
            Production,
            except: type => type.Namespace is { } room
                && (room.Contains(".Migrations", StringComparison.Ordinal) || room.Contains(".CompiledModels", StringComparison.Ordinal)))
            .Except(Owed).ToList();

        Assert.True(dead.Count == 0, $"Called by nobody but tests: {string.Join(", ", dead)}.");
    }

    [Fact]
    public void The_scan_finds_what_is_not_called_and_nothing_that_is()
    {
        var dead = Uncalled([typeof(Specimen).Assembly], except: type => type != typeof(Specimen) && type != typeof(SpecimenRecord));

        Assert.Equal(
            [
                $"{nameof(Specimen)}.{nameof(Specimen.IsNotCalled)}", $"{nameof(Specimen)}.{nameof(Specimen.IsNotRead)}",
                $"{nameof(SpecimenRecord)}.{nameof(SpecimenRecord.IsOnlyPrinted)}"
            ],
            dead);
    }

    [Fact]
    public void Each_function_that_the_script_offers_to_the_page_is_called_by_it()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "wwwroot-interop", "src", "interop.ts"));
        var offered = Regex.Matches(
            script, @"^export (?:async )?(?:const|function) (?<name>\w+)|^export \{ (?<name>\w+) \}",
            RegexOptions.Multiline).Select(m => m.Groups["name"].Value).ToList();
        var pages = string.Join(
            '\n', Directory.EnumerateFiles(Path.Combine(Repository.Root, "UppalCrm.Web"), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal)
            || file.EndsWith(".razor", StringComparison.Ordinal)).Where(file => !Repository.IsMade(file)).Select(File.ReadAllText));

        Assert.NotEmpty(offered);
        Assert.DoesNotContain(offered, name => !pages.Contains($"\"{name}\"", StringComparison.Ordinal));
    }

    private static List<string> Uncalled(Assembly[] assemblies, Func<Type, bool> except)
    {
        var called = new CalledMembers(assemblies);
        var stored = StoredOrSent(assemblies, called);
        return
        [
            .. assemblies.SelectMany(assembly => assembly.GetTypes())
                .Where(type => type.IsVisible && !type.IsEnum && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
                && !except(type))
                .SelectMany(type => type.GetMembers(Public).Where(member => !IsCalled(type, member, called, stored)).Select(member =>
                    $"{type.Name}.{member.Name}"))
                .Distinct().Order(StringComparer.Ordinal),
        ];
    }

    private static bool IsCalled(Type type, MemberInfo member, CalledMembers called, HashSet<Type> stored) => member switch
    {
        PropertyInfo property => IsFrameworks(type, property.GetMethod ?? property.SetMethod!) || stored.Contains(type)
            || IsSetByFramework(property)
            || property.GetAccessors()
            .Any(accessor => accessor.ReturnType != typeof(void) ? called.Has(accessor) : property.GetMethod is null
            && called.Has(accessor)),
        EventInfo happening => called.Has(happening.AddMethod!),
        FieldInfo field => field.IsLiteral || called.Has(field), // a constant is written into the code that uses it
        MethodInfo method => method.IsSpecialName || IsFrameworks(type, method)
            || method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) || called.Has(method),
        _ => true,
    };

    /// <summary>Called by what it overrides or implements, by the browser, or by ASP.NET Core's conventions.</summary>
    private static bool IsFrameworks(Type type, MethodInfo method) =>
        method.GetBaseDefinition() != method
        || (!type.IsInterface && type.GetInterfaces().Any(i => type.GetInterfaceMap(i).TargetMethods.Contains(method)))
        || (method.IsDefined(typeof(JSInvokableAttribute)) && IsNamedInScript(method))
        || (typeof(Hub).IsAssignableFrom(type) && IsNamedInScript(method))
        // middleware
        || (method.Name is "Invoke" or "InvokeAsync"
        && type.GetConstructors().Any(c => c.GetParameters().Any(p => p.ParameterType == typeof(RequestDelegate))));

    private static bool IsNamedInScript(MethodInfo method) => Script.Contains($"'{method.Name}'", StringComparison.Ordinal);

    private static bool IsSetByFramework(PropertyInfo property) =>
        property.IsDefined(typeof(ParameterAttribute)) || property.IsDefined(typeof(CascadingParameterAttribute))
            || property.IsDefined(typeof(SupplyParameterFromQueryAttribute));

    /// <summary>What goes into the database or over a wire as a whole: its properties are read there.</summary>
    private static HashSet<Type> StoredOrSent(Assembly[] assemblies, CalledMembers called)
    {
        var entities = assemblies.SelectMany(a => a.GetTypes()).Where(typeof(DbContext).IsAssignableFrom)
            .SelectMany(context => context.GetProperties()).Select(property => property.PropertyType)
            .Where(set => set.IsGenericType
            && set.GetGenericTypeDefinition() == typeof(DbSet<>)).Select(set => set.GetGenericArguments()[0]);
        var overHub = new[] { typeof(ICallClient) }.Concat(assemblies.SelectMany(a => a.GetTypes()).Where(typeof(Hub).IsAssignableFrom))
            .SelectMany(type => type.GetMethods(Public)).SelectMany(
                method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType));
        var serialized = called.ArgumentsOf("System.Text.Json", "Microsoft.AspNetCore.Http");
        var all = new HashSet<Type>();
        foreach (var type in entities.Concat(overHub).Concat(serialized))
        {
            Add(type);
        }

        return all;

        void Add(Type type)
        {
            foreach (var part in type.IsGenericType ? type.GetGenericArguments()
                    : type.HasElementType ? [type.GetElementType()!] : Type.EmptyTypes)
            {
                Add(part);
            }

            if (assemblies.Contains(type.Assembly) && !type.IsGenericParameter && all.Add(type))
            {
                foreach (var property in type.GetProperties(Public))
                {
                    Add(property.PropertyType);
                }
            }
        }
    }
}

/// <summary>For the scan's own test: it must find these two, and not the third.</summary>
public sealed class Specimen
{
    public int IsNotRead { get; set; }

    public static int IsCalled() => new SpecimenRecord(new Specimen { IsNotRead = 1 }.GetHashCode(), 2).IsRead;

    public static int IsNotCalled() => IsCalled();
}

public sealed record SpecimenRecord(int IsRead, int IsOnlyPrinted);
