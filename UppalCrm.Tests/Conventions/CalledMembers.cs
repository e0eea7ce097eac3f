using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace UppalCrm.Tests.Conventions;

/// <summary>What the code of some assemblies calls, read from its IL: methods, accessors and fields, wherever they are declared.</summary>
public sealed class CalledMembers
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>What the compiler writes for a record; it reads every property, which is no use of it.</summary>
    private static readonly HashSet<string> RecordMembers =
        ["PrintMembers", "ToString", "Equals", "GetHashCode", "Deconstruct", "<Clone>$", "op_Equality", "op_Inequality"];

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly HashSet<(Module, int)> _called = [];

    public CalledMembers(params Assembly[] assemblies)
    {
        foreach (var method in assemblies.SelectMany(a => a.GetTypes()).SelectMany(t =>
            t.GetMethods(All).Cast<MethodBase>().Concat(t.GetConstructors(All))))
        {
            if (!IsWrittenForRecord(method))
            {
                Read(method);
            }
        }
    }

    /// <summary>Which generic methods are called, and for which types.</summary>
    private readonly HashSet<(MethodInfo Method, Type Argument)> _genericCalls = [];

    /// <summary>The types for which a generic method of these namespaces is called, also through generic methods of ours.</summary>
    public IEnumerable<Type> ArgumentsOf(params string[] namespaces)
    {
        var methods = _genericCalls.Select(call => call.Method).Where(m => namespaces.Contains(m.DeclaringType!.Namespace)).ToHashSet();
        while (_genericCalls.Any(call =>
            methods.Contains(call.Method) && call.Argument.IsGenericMethodParameter
                && methods.Add((MethodInfo)call.Argument.DeclaringMethod!)))
        {
            // One more method of ours hands its type on.
        }

        return _genericCalls.Where(call => methods.Contains(call.Method)).Select(call => call.Argument);
    }

    public bool Has(MemberInfo member) => _called.Contains(KeyOf(member));

    private static bool IsWrittenForRecord(MethodBase method) => RecordMembers.Contains(method.Name)
        && (method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) || method.Name == "PrintMembers");

    /// <summary>A generic's members are one member, whatever they are made of.</summary>
    private static (Module, int) KeyOf(MemberInfo member) => (member.Module, member.MetadataToken);

    private void Read(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            return;
        }

        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method is { IsGenericMethodDefinition: true } ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? unchecked((short)(0xFE00 | code[at + 1])) : code[at];
            var operation = OpCodesByValue[value];
            at += operation.Size;
            switch (operation.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok:
                    Note(method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!);
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(code, at));
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineNone:
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    private void Note(MemberInfo member)
    {
        _called.Add(KeyOf(member));
        if (member is MethodInfo { IsGenericMethod: true } generic)
        {
            foreach (var argument in generic.GetGenericArguments())
            {
                _genericCalls.Add((generic.GetGenericMethodDefinition(), argument));
            }
        }
    }
}
