using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Offers;

public sealed class WaitingCallersTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listener_is_told_at_once_how_many_wait_and_since_when_the_longest_does()
    {
        await using var centre = await CallCentre.OpenAsync();
        var first = await centre.CallerArrivesAsync("+12025550111");
        centre.Clock.Advance(TimeSpan.FromSeconds(9));
        await centre.CallerArrivesAsync("+12025550122");
        WaitingNow? told = null;

        using var listening = await centre.Get<WaitingCallers>().SubscribeAsync(now => told = now, Cancel);

        Assert.Equal(new WaitingNow(2, first.CreatedAt), told);
    }

    [Fact]
    public async Task Of_many_pages_a_few_are_told_at_once_so_that_what_people_type_goes_between()
    {
        await using var centre = await CallCentre.OpenAsync();
        var waiting = centre.Get<WaitingCallers>();
        var told = 0;
        var pages = new List<IDisposable>();
        for (var i = 0; i < 60; i++)
        {
            pages.Add(await waiting.SubscribeAsync(now => Interlocked.Add(ref told, now.Count), Cancel));
        }

        await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromMilliseconds(300));
        foreach (var many in new[] { 24, 49, 60 })
        {
            await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref told) == many), () => $"{many} of 60 are told, not {told}");
            centre.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        pages.ForEach(page => page.Dispose());
    }

    [Fact]
    public async Task What_changes_while_many_pages_are_being_told_is_told_once_more_and_not_once_for_each_change()
    {
        await using var centre = await CallCentre.OpenAsync();
        var waiting = centre.Get<WaitingCallers>();
        var told = 0;
        for (var i = 0; i < 200; i++)
        {
            await waiting.SubscribeAsync(now => Interlocked.Add(ref told, now.Count), Cancel);
        }

        await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromMilliseconds(300));
        foreach (var many in new[] { 24, 49, 74 })
        {
            await ToldAsync(many);
            await centre.CallerArrivesAsync();
            centre.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await UntilToldAsync(200 + (200 * 4));
        await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromSeconds(1));
        await UntilToldAsync(200 + (200 * 4) + (200 * 5));

        Task ToldAsync(int many) =>
            Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref told) == many), () => $"{many} are told, not {told}");

        Task UntilToldAsync(int many) => Eventually.HoldsAsync(
            () =>
            {
                var isTold = Volatile.Read(ref told) == many;
                if (!isTold)
                {
                    centre.Clock.Advance(TimeSpan.FromMilliseconds(10));
                }

                return Task.FromResult(isTold);
            },
            () => $"{many} are told, not {told}");
    }

    [Fact]
    public async Task A_listener_is_told_who_comes_and_goes_until_it_listens_no_more()
    {
        await using var centre = await CallCentre.OpenAsync();
        var waiting = centre.Get<WaitingCallers>();
        var told = new System.Collections.Concurrent.ConcurrentQueue<int>();
        var listening = await waiting.SubscribeAsync(now => told.Enqueue(now.Count), Cancel);

        var caller = await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromMilliseconds(300));
        await Eventually.HoldsAsync(() => Task.FromResult(told.LastOrDefault() == 1), () => "the caller is told of");
        await centre.EndAsync(caller);
        centre.Clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(1, told.Last()); // a second after the last telling, and not before
        centre.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.HoldsAsync(() => Task.FromResult(told.ToArray() is [.., 1, 0]), () => "that nobody waits any more is told");
        listening.Dispose();

        Assert.Equal(0, waiting.Listeners);
    }
}
