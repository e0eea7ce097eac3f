using Microsoft.Extensions.Time.Testing;

namespace UppalCrm.Tests.Support;

/// <summary>A clock that stands at noon and moves only when told. Timers made with it fire when it passes them.</summary>
public sealed class ManualClock() : FakeTimeProvider(Noon)
{
    public static readonly DateTimeOffset Noon = new(2026, 6, 17, 12, 0, 0, TimeSpan.Zero);
}
