using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.CarrierEvents;

/// <summary>News that is late, doubled or out of order comes to the same row as news in order.</summary>
public sealed class DisorderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixty_shuffled_and_doubled_tellings_of_an_answered_call_come_to_the_same_row()
    {
        await using var centre = await CallCentre.OpenAsync();
        var expected = await TellAsync(centre, shuffle: null);

        for (var seed = 1; seed <= 60; seed++)
        {
            var actual = await TellAsync(centre, new Random(seed));
            Assert.True(expected == actual, $"Seed {seed}: expected {expected}, got {actual}");
        }
    }

    private static async Task<string> TellAsync(CallCentre centre, Random? shuffle)
    {
        var agent = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        var start = centre.Clock.GetUtcNow();
        var (_, news) = await Story.ClaimAsync(centre, call, agent);
        var told = shuffle is null ? news : [.. news.Concat(news.Where(_ => shuffle.Next(2) == 0)).OrderBy(_ => shuffle.Next())];
        foreach (var item in told)
        {
            await item(centre);
        }

        await centre.CarrierIsDoneAsync();
        centre.Clock.Advance(TimeSpan.FromMinutes(2));
        var row = await centre.GetAsync(call.Id);
        return $"{row.Status} {row.Outcome} by {row.EndedBy}, answered +{(row.AnsweredAt - start)?.TotalSeconds}, ended "
            + $"+{(row.EndedAt - start)?.TotalSeconds}, "
            + $"{row.DurationSeconds} s, recording {row.RecordingSid is not null} {row.RecordingDurationSeconds}, agent "
            + $"{row.AgentId == agent}, "
            + $"legs {string.Join(' ', row.Legs.OrderBy(l => l.Role)
                    .Select(l => $"{l.Role} +{(l.JoinedAt - start)?.TotalSeconds}..+{(l.LeftAt - start)?.TotalSeconds} held {l.Held}"))}";
    }
}
