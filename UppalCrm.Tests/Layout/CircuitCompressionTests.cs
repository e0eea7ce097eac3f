using System.Net;
using System.Net.WebSockets;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Layout;

/// <summary>Whose circuit is compressed (decision 0021). Every browser offers to.</summary>
public sealed class CircuitCompressionTests
{
    [Theory]
    [InlineData("sam@uppalcrm.test", true)]
    [InlineData("admin@uppalcrm.test", true)]
    [InlineData("dana@uppalcrm.test", false)]
    public async Task Who_may_see_the_board_has_a_circuit_that_compresses_each_message_by_itself(string email, bool isCompressed)
    {
        await using var house = await House.OpenAsync();
        var cookies = new CookieContainer();
        using var browser = await house.SignInAsync(email, cookies);
        using var socket = new ClientWebSocket();
        socket.Options.Cookies = cookies;
        socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader("Origin", house.Address);

        await socket.ConnectAsync(
            new Uri(house.Address.Replace("http:", "ws:", StringComparison.Ordinal) + "/_blazor"),
            Xunit.TestContext.Current.CancellationToken);

        var agreed = socket.HttpResponseHeaders!.GetValueOrDefault("Sec-WebSocket-Extensions") is { } values
            ? string.Join("; ", values).Split("; ")
            : [];
        Assert.Equal(isCompressed, agreed.Contains("permessage-deflate"));
        Assert.Equal(isCompressed, agreed.Contains("server_no_context_takeover"));
    }
}
