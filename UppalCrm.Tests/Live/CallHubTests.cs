using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Twilio;
using UppalCrm.Web.Live;

namespace UppalCrm.Tests.Live;

/// <summary>A page that is closed or loaded again right after a click.</summary>
public sealed class CallHubTests
{
    [Fact]
    public async Task What_was_clicked_is_carried_out_although_the_page_has_gone()
    {
        await using var host = await TwilioHost.StartAsync();
        var leg = new CallSid("CA" + new string('7', 32));
        await host.AskAsync(TwilioHost.Voice(leg, "+12025550111"));
        var call = await host.CallOfAsync(leg);
        using var hub = ActivatorUtilities.CreateInstance<CallHub>(host.Get<IServiceProvider>());
        hub.Context = new GonePage(TwilioHost.Lee);

        await hub.Decline(call.Id);

        await using var db = host.Database();
        Assert.True(await db.Declines.AnyAsync(
            d => d.CallId == call.Id && d.AgentId == TwilioHost.Lee && d.Until == null, TestContext.Current.CancellationToken));
    }

    private sealed class GonePage(int agentId) : HubCallerContext
    {
        public override string ConnectionId => "gone";
        public override string UserIdentifier { get; } = agentId.ToString();
        public override ClaimsPrincipal? User => null;
        public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?>();
        public override IFeatureCollection Features { get; } = new FeatureCollection();
        public override CancellationToken ConnectionAborted { get; } = new(canceled: true);

        public override void Abort()
        {
        }
    }
}
