using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace UppalCrm.Tests.Support;

/// <summary>Hands bunit the AngleSharp.Diffing that our package feed holds (0.17; it asks for 1.1, absent).</summary>
internal static class Diffing
{
#pragma warning disable CA2255 // A module initialiser is the only hook that runs before bunit's first type load.
    [ModuleInitializer]
    internal static void Init() => AssemblyLoadContext.Default.Resolving += (context, name) =>
        name.Name == "AngleSharp.Diffing"
            ? context.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "diffing", "AngleSharp.Diffing.dll"))
            : null;
#pragma warning restore CA2255
}
