using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UppalCrm.Bench;

/// <summary>CPU time by Linux's own counts.</summary>
internal static class Cpu
{
    /// <summary>
    /// To the nanosecond: <c>/proc</c> and <see cref="Process.TotalProcessorTime"/> count in hundredths of a second, a phase of a hundred
    /// calls has four of them.
    /// </summary>
    /// <returns>Null when there is no such process any more.</returns>
    public static TimeSpan? Of(int process) =>
        clock_getcpuclockid(process, out var clock) == 0 && clock_gettime(clock, out var time) == 0 ? time.ToTimeSpan() : null;

    public static TimeSpan OfThisProcess() => Of(Environment.ProcessId) ?? TimeSpan.Zero;

    /// <summary>Every process that descends from this one.</summary>
    public static IEnumerable<int> Descendants(int process)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0).Where(id => id > 0)
            .Select(id => (Id: id, Fields: Stat(id))).Where(p => p.Fields.Length > 0).ToLookup(p => int.Parse(p.Fields[1]), p => p.Id);
        var found = new Queue<int>(children[process]);
        while (found.TryDequeue(out var id))
        {
            yield return id;
            foreach (var child in children[id])
            {
                found.Enqueue(child);
            }
        }
    }

    /// <summary>Its own time and that of its children that have ended, to the hundredth of a second.</summary>
    public static TimeSpan WithThoseItWaitedFor(int process) =>
        Stat(process) is { Length: > 0 } fields ? TimeSpan.FromSeconds(fields[11..15].Sum(long.Parse) / 100.0) : TimeSpan.Zero;

    /// <summary>
    /// The fields of <c>/proc/ID/stat</c> after the program's name (man proc): state, parent, … 11 to 14 are the times. Empty when it has
    /// ended.
    /// </summary>
    private static string[] Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Keeps the thread to itself, to some fifty microseconds; a signal ends it early.</summary>
    public static void Sleep(TimeSpan span) =>
        _ = nanosleep(new Time { Seconds = (nint)span.TotalSeconds, Nanoseconds = (nint)(span.Ticks % TimeSpan.TicksPerSecond * 100) }, 0);

    /// <summary>Hundredths of a second since the machine started, over all cores: busy, and all.</summary>
    public readonly record struct Machine(long Busy, long All)
    {
        public static Machine Now()
        {
            var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(long.Parse)
                .ToArray();
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

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int nanosleep(in Time span, nint left);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;

        public readonly TimeSpan ToTimeSpan() => TimeSpan.FromTicks((Seconds * TimeSpan.TicksPerSecond) + (Nanoseconds / 100));
    }
}
