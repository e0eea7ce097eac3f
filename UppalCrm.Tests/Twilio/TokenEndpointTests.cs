using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class TokenEndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_gets_a_token_for_an_hour_and_no_options_with_the_real_Twilio()
    {
        await using var host = await TwilioHost.StartAsync();

        using var response = await host.SendAsAsync(
            TwilioHost.Dana, Roles.Agent, HttpMethod.Post, WebhookPaths.Token, ("Sec-Fetch-Site", "same-origin"),
            ("Origin", TwilioHost.PublicUrl));
        var answer = await JsonAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("agent_7", answer.GetProperty("identity").GetString());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("options").ValueKind);
        var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(answer.GetProperty("token").GetString()!.Split('.')[1])).RootElement;
        Assert.Equal("agent_7", payload.GetProperty("grants").GetProperty("identity").GetString());
        Assert.InRange(payload.GetProperty("exp").GetInt64() - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 3590, 3600);
        Assert.Equal(payload.GetProperty("exp").GetInt64(), answer.GetProperty("expiresAt").GetDateTimeOffset().ToUnixTimeSeconds());
        Assert.Contains(
            await host.AuditAsync(), entry => entry.Action == AuditAction.PhoneTokenIssued && entry.AgentId == TwilioHost.Dana);
    }

    [Fact]
    public async Task With_a_simulator_the_softphone_learns_where_it_is_and_every_sound_is_there()
    {
        await using var host = await TwilioHost.StartAsync(
            settings: new(StringComparer.Ordinal) { [TwilioOptions.ApiUrlName] = "http://localhost:5209" });

        using var response = await host.SendAsAsync(TwilioHost.Sam, Roles.Supervisor, HttpMethod.Post, WebhookPaths.Token);
        var options = (await JsonAsync(response)).GetProperty("options");

        Assert.Equal("localhost:5209", options.GetProperty("chunderw").GetString());
        Assert.False(options.GetProperty("publishEvents").GetBoolean());
        var sounds = options.GetProperty("sounds").EnumerateObject().ToList();
        Assert.Equal(15, sounds.Count);
        foreach (var sound in sounds)
        {
            using var file = await host.Http.GetAsync(sound.Value.GetString(), Token);
            Assert.Equal("audio/wav", file.Content.Headers.ContentType!.MediaType);
            Assert.Equal("RIFF"u8.ToArray(), (await file.Content.ReadAsByteArrayAsync(Token))[..4]);
        }
    }

    [Theory]
    [InlineData("Origin", "https://evil.example.com")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_foreign_page_gets_none(string header, string value)
    {
        await using var host = await TwilioHost.StartAsync();

        using var response = await host.SendAsAsync(TwilioHost.Dana, Roles.Agent, HttpMethod.Post, WebhookPaths.Token, (header, value));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(await host.AuditAsync());
    }

    [Fact]
    public async Task Who_is_not_signed_in_or_has_no_phone_gets_none()
    {
        await using var host = await TwilioHost.StartAsync();

        using var nobody = await host.Http.PostAsync(WebhookPaths.Token, content: null, Token);
        using var admin = await host.SendAsAsync(1, Roles.Admin, HttpMethod.Post, WebhookPaths.Token);

        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, admin.StatusCode);
    }

    [Fact]
    public async Task A_page_gone_wild_is_slowed_down_and_the_others_are_not()
    {
        await using var host = await TwilioHost.StartAsync();
        HttpStatusCode last = default;
        for (var i = 0; i < 31; i++)
        {
            using var response = await host.SendAsAsync(TwilioHost.Dana, Roles.Agent, HttpMethod.Post, WebhookPaths.Token);
            last = response.StatusCode;
        }

        using var other = await host.SendAsAsync(TwilioHost.Lee, Roles.Agent, HttpMethod.Post, WebhookPaths.Token);

        Assert.Equal(HttpStatusCode.TooManyRequests, last);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        return json.RootElement.Clone();
    }
}
