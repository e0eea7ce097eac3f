using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>What Twilio is answered while what lies behind the webhooks is stuck or away.</summary>
public sealed class VoiceWebhookFaultTests : WebhookTests
{
    [Fact]
    public async Task When_everything_behind_it_is_stuck_the_caller_still_gets_a_room_within_two_seconds_and_an_agent_an_apology()
    {
        await using var stuck = await TwilioHost.StartAsync(services =>
        {
            services.RemoveAll<IDbContextFactory<CrmDbContext>>();
            services.AddSingleton<IDbContextFactory<CrmDbContext>, StuckDatabase>();
        });
        var started = TimeProvider.System.GetTimestamp();

        var answers = await Task.WhenAll(
            stuck.AskAsync(TwilioHost.Voice(Caller, "+12025550123")),
            stuck.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}")));

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(2));
        Assert.Equal($"incoming-{Caller}", answers[0].Element("Dial")!.Element("Conference")!.Value);
        Assert.Equal(["Say", "Hangup"], answers[1].Elements().Select(verb => verb.Name.LocalName));
    }

    [Fact]
    public async Task When_the_database_is_broken_the_caller_waits_and_news_is_asked_for_again()
    {
        await using var broken = await TwilioHost.StartAsync(services =>
        {
            services.RemoveAll<IDbContextFactory<CrmDbContext>>();
            services.AddSingleton<IDbContextFactory<CrmDbContext>, BrokenDatabase>();
        });

        var twiml = await broken.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        using var news = await broken.PostAsync(WebhookPaths.CallStatus, TwilioHost.Voice(Caller, "+12025550123", status: "completed"));

        Assert.Equal($"incoming-{Caller}", twiml.Element("Dial")!.Element("Conference")!.Value);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, news.StatusCode);
    }

    /// <summary>A database that takes every question and never answers.</summary>
    private sealed class StuckDatabase : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext() => CreateDbContextAsync().GetAwaiter().GetResult();

        public async Task<CrmDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            throw new InvalidOperationException();
        }
    }

    /// <summary>A database that cannot be reached.</summary>
    private sealed class BrokenDatabase : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext() => throw new IOException("The database is away.");
    }
}
