using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UppalCrm.Bench;

/// <summary>CPU time by Linux's own counts.</summary>
internal static class Cpu
{
    /// <summary>To the nanosecond: <c>/proc</c> and <see cref="Process.TotalProcessorTime"/> count in hundredths of a second, a phase of a hundred calls has four of them.</summary>
    /// <returns>Null when there is no such process any more.</returns>
    public static TimeSpan? Of(int process) =>
        clock_getcpuclockid(process, out var clock) == 0 && clock_gettime(clock, out var time) == 0 ? time.ToTimeSpan() : null;

    public static TimeSpan OfThisProcess() => Of(Environment.ProcessId) ?? TimeSpan.Zero;

    /// <summary>Hundredths of a second since the machine started, over all cores: busy, and all.</summary>
    public readonly record struct Machine(long Busy, long All)
    {
        public static Machine Now()
        {
            var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(long.Parse).ToArray();
            return new Machine(fields.Sum() - fields[3] - fields[4], fields.Sum()); // all but idle and waiting for the disk
        }

        /// <returns>The share of the whole machine that was busy since with anything but us.</returns>
        public double ShareOfOthers(TimeSpan ours)
        {
            var now = Now();
            return Math.Max(0, now.Busy - Busy - (ours.TotalSeconds * 100)) / Math.Max(1, now.All - All);
        }
    }

    [DllImport("libc", EntryPoint = "clock_getcpuclockid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_getcpuclockid(int process, out int clock);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;

        public readonly TimeSpan ToTimeSpan() => TimeSpan.FromTicks((Seconds * TimeSpan.TicksPerSecond) + (Nanoseconds / 100));
    }
}
