namespace UppalCrm.Tests.Offers;

/// <summary>What a listener of the feed has still to look at.</summary>
public sealed class PendingCallsTests
{
    private readonly PendingCalls _pending = new();

    [Fact]
    public void A_call_that_changes_often_is_pending_once()
    {
        Assert.True(_pending.Note(new CallChanged(7, 1)));
        Assert.False(_pending.Note(new CallChanged(7, 2)));
        Assert.True(_pending.Note(new CallChanged(8, 1)));

        _pending.Take(7);

        Assert.True(_pending.Note(new CallChanged(7, 3)));
    }

    [Fact]
    public void A_call_that_came_with_its_news_need_not_be_read()
    {
        var call = ACall();

        _pending.Note(new CallChanged(7, 1, call));

        Assert.Same(call, _pending.Take(7));
        Assert.Null(_pending.Take(7));
    }

    [Fact]
    public void A_call_that_has_changed_since_it_was_written_must_be_read()
    {
        _pending.Note(new CallChanged(7, 1, ACall()));

        _pending.Note(new CallChanged(7, 2));

        Assert.Null(_pending.Take(7));
    }

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(2, 1, 2)]
    public void Of_two_that_came_with_their_news_the_later_one_is_looked_at(long first, long second, long later)
    {
        _pending.Note(new CallChanged(7, first, ACall(first)));

        _pending.Note(new CallChanged(7, second, ACall(second)));

        Assert.Equal(later, _pending.Take(7)!.Version);
    }

    [Fact]
    public void A_call_that_must_be_read_is_read_though_a_change_came_with_its_news()
    {
        _pending.Note(new CallChanged(7, 3));

        _pending.Note(new CallChanged(7, 2, ACall(2)));

        Assert.Null(_pending.Take(7));
    }

    [Fact]
    public async Task Of_many_who_note_at_once_somebody_is_always_asked_to_look()
    {
        var noting = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (_pending.Note(new CallChanged(7, i)))
                {
                    _pending.Take(7);
                }
            }
        }));

        await Task.WhenAll(noting);

        Assert.True(_pending.Note(new CallChanged(7, 1)), "it was taken: nothing is left pending");
    }

    private static Call ACall(long version = 1) => new()
    {
        Version = version,
        Direction = CallDirection.Inbound, FromNumber = "+12025550111", ToNumber = "+15005550006", ConferenceName = "incoming-1",
            Status = CallStatus.Waiting,
    };
}
