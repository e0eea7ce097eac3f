using System.Collections.Concurrent;
using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>How requests are made: as fast as they are answered, or at planned times.</summary>
internal static class Load
{
    private const int Connections = 64;

    /// <summary>So many over 64 connections, each as soon as the one before was answered.</summary>
    /// <param name="request">Answers how long it took; null when it failed.</param>
    public static async Task<IReadOnlyList<TimeSpan?>> BurstAsync(int count, Func<Task<TimeSpan?>> request)
    {
        var times = new ConcurrentBag<TimeSpan?>();
        var left = count;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(count, Connections)).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                times.Add(await request());
            }
        })));
        return [.. times];
    }

    /// <summary>At planned times; the time of an answer counts from when its call was due (no coordinated omission).</summary>
    /// <param name="after">What is done with each call a second after its answer.</param>
    public static async Task<IReadOnlyList<(string Leg, TimeSpan? Took)>> SteadyAsync(
        int perSecond, TimeSpan span, Func<string, Task<TimeSpan?>> call, Func<string, Task>? after = null)
    {
        var answers = new ConcurrentBag<(string, TimeSpan?)>();
        var started = Stopwatch.GetTimestamp();
        var running = new List<Task>();
        // A thread of its own, which sleeps by the system's clock: a timer of .NET comes up to two milliseconds late, and the answer would
        // be blamed for it.
        await Task.Factory.StartNew(Begin, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(running);
        return [.. answers];

        void Begin()
        {
            for (var i = 0; i < perSecond * span.TotalSeconds; i++)
            {
                var due = TimeSpan.FromSeconds((double)i / perSecond);
                while (due - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } left)
                {
                    Cpu.Sleep(left); // a signal of the runtime's ends it early
                }

                running.Add(Task.Run(() => OneAsync(due)));
            }
        }

        async Task OneAsync(TimeSpan due)
        {
            var leg = Carrier.NewLeg();
            var took = await call(leg);
            answers.Add((leg, took is null ? null : Stopwatch.GetElapsedTime(started) - due));
            if (after is not null)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
                await after(leg);
            }
        }
    }
}
