namespace UppalCrm.Tests.Simulator;

/// <summary>The Voice SDK's signalling: registering, calls in both directions, and what outlives a socket.</summary>
public sealed class SignallingTests : SignallingByHand
{
    [Fact]
    public async Task A_softphone_registers_and_hears_a_heartbeat()
    {
        await using var phone = await SoftphoneAsync();

        await phone.SignalAsync("register", new { media = new { audio = true } });
        await phone.NextAsync("ready");
        Assert.Equal(["agent_7"], (await Network.StateAsync()).Softphones);
        Clock.Advance(TimeSpan.FromSeconds(11));
        await Eventually(() => phone.Beats > 0, "a heartbeat");

        await phone.SignalAsync("register", new { media = new { audio = false } });
        await phone.NextAsync("offline");
        Assert.Empty((await Network.StateAsync()).Softphones);
    }

    [Theory]
    [InlineData("secret", 31204)]
    [InlineData("expired", 31205)]
    [InlineData("account", 31201)]
    [InlineData("identity", 31204)]
    [InlineData("garbage", 31204)]
    public async Task A_bad_token_is_told_in_twilios_number_and_a_good_one_still_helps(string flaw, int code)
    {
        await using var phone = await SocketPeer.OpenAsync(Network.Address, "/signal");

        await phone.SignalAsync("listen", new
        {
            token = flaw switch
            {
                "secret" => Token(secret: "anotherSecret"),
                "expired" => Token(life: TimeSpan.FromSeconds(-1)),
                "account" => Token(account: "AC00000000000000000000000000000009"),
                "identity" => Token(identity: ""),
                _ => "x.y.z",
            },
        });
        Assert.Equal(code, (await phone.NextAsync("error")).GetProperty("error").GetProperty("code").GetInt32());

        await phone.SignalAsync("listen", new { token = Token() });
        Assert.Equal("agent_7", (await phone.NextAsync("connected")).GetProperty("token").GetProperty("identity").GetString());
    }

    [Fact]
    public async Task A_call_gets_its_sid_its_sound_and_its_end()
    {
        AnswerAsACallCentre();
        await using var page = await PageAsync();
        await using var phone = await SoftphoneAsync();

        var sid = await ConnectAsync(phone, page, "conference=sales%201&participant=agent");
        await ConferenceHas("sales 1", 1);
        Assert.Equal(
            ("client:agent_7", "sales 1", "agent"),
            (Customer.At("voice")[0]["From"], Customer.At("voice")[0]["conference"], Customer.At("voice")[0]["participant"]));
        Assert.Equal("music", (await Network.StateAsync()).Call(sid)!.Hears);

        await phone.SignalAsync("hangup", new { callsid = sid });
        Assert.Equal(sid, (await page.NextAsync("leg-end")).GetProperty("leg").GetString());
        await CallIs(sid, "completed");
    }

    [Fact]
    public async Task Without_a_phone_page_the_call_is_refused_in_words()
    {
        await using var phone = await SoftphoneAsync();

        await phone.SignalAsync("invite", new { callsid = "TJS1", sdp = Offer, twilio = new { } });

        var error = (await phone.NextAsync("error")).GetProperty("error");
        Assert.Contains(
            Network.Address.GetLeftPart(UriPartial.Authority), error.GetProperty("message").GetString(), StringComparison.Ordinal);
        var hangup = await phone.NextAsync("hangup");
        Assert.Equal(
            ("TJS1", 31005), (hangup.GetProperty("callsid").GetString(), hangup.GetProperty("error").GetProperty("code").GetInt32()));
        Assert.Empty(Customer.All);
    }

    [Fact]
    public async Task Another_applications_token_may_not_call()
    {
        await using var page = await PageAsync();
        await using var phone = await SoftphoneAsync(Token(application: "AP00000000000000000000000000000009"));

        await phone.SignalAsync("invite", new { callsid = "TJS1", sdp = Offer, twilio = new { } });

        Assert.Equal(31002, (await phone.NextAsync("hangup")).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_call_outlives_its_socket_for_thirty_seconds()
    {
        AnswerAsACallCentre();
        await using var page = await PageAsync();
        var phone = await SoftphoneAsync();
        var sid = await ConnectAsync(phone, page, "conference=sales");
        var token = Reconnect;

        phone.Drop();
        await Eventually(
            () => Network.Log.After().Any(entry => entry.Text.Contains("connection of agent_7 was lost", StringComparison.Ordinal)),
            "the loss");
        await using var back = await SoftphoneAsync();
        await back.SignalAsync("invite", new { callsid = sid, sdp = Offer, reconnect = token, twilio = new { } });
        var answer = await back.NextAsync("answer");
        Assert.False(answer.TryGetProperty("sdp", out _));
        Assert.NotEqual(token, answer.GetProperty("reconnect").GetString());

        Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(sid)!.Status);

        back.Drop();
        await Eventually(
            () => Network.Log.After().Count(entry => entry.Text.Contains("connection of agent_7 was lost", StringComparison.Ordinal)) == 2,
            "the second loss");
        Clock.Advance(TimeSpan.FromSeconds(31));
        await CallIs(sid, "completed");

        await using var late = await SoftphoneAsync();
        await late.SignalAsync("invite", new { callsid = sid, sdp = Offer, reconnect = token, twilio = new { } });
        Assert.Equal(31209, (await late.NextAsync("hangup")).GetProperty("error").GetProperty("code").GetInt32());
        await phone.DisposeAsync();
    }

    [Fact]
    public async Task A_call_cannot_be_taken_over_with_a_guess()
    {
        AnswerAsACallCentre();
        await using var page = await PageAsync();
        await using var phone = await SoftphoneAsync();
        var sid = await ConnectAsync(phone, page, "conference=sales");

        await using var thief = await SoftphoneAsync(Token(identity: "agent_8"));
        await thief.SignalAsync("invite", new { callsid = sid, sdp = Offer, reconnect = Reconnect, twilio = new { } });
        Assert.Equal(31209, (await thief.NextAsync("hangup")).GetProperty("error").GetProperty("code").GetInt32());
        await thief.SignalAsync("hangup", new { callsid = sid });
        await thief.SignalAsync("message", new { callsid = sid, voiceeventsid = "KX1" });
        await thief.NextAsync("ack");
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(sid)!.Status);
    }

    [Fact]
    public async Task New_media_after_a_reload_of_the_page_gets_a_new_answer()
    {
        AnswerAsACallCentre();
        await using var page = await PageAsync();
        await using var phone = await SoftphoneAsync();
        var sid = await ConnectAsync(phone, page, "conference=sales");

        await using var reloaded = await SocketPeer.OpenAsync(Network.Address, "/phone");
        var hello = await reloaded.NextAsync("hello");
        Assert.Equal(sid, hello.GetProperty("clients")[0].GetProperty("leg").GetString());
        await page.NextAsync("moved");
        await StartAsync(reloaded);
        await phone.SignalAsync("reinvite", new { callsid = sid, sdp = Offer + "again" });
        Assert.Equal(Offer + "again", (await reloaded.NextAsync("leg-offer")).GetProperty("sdp").GetString());
        await reloaded.SendAsync(new { type = "leg-answer", leg = sid, sdp = "v=0 second" });
        Assert.Equal("v=0 second", (await phone.NextAsync("answer")).GetProperty("sdp").GetString());
    }

    [Fact]
    public async Task No_sound_in_five_seconds_is_said_in_words()
    {
        AnswerAsACallCentre();
        await using var page = await PageAsync();
        await using var phone = await SoftphoneAsync();
        await ConnectAsync(phone, page, "conference=sales");

        Clock.Advance(TimeSpan.FromSeconds(6));

        var error = (await phone.NextAsync("error")).GetProperty("error");
        Assert.Equal(53405, error.GetProperty("code").GetInt32());
        Assert.Contains("sound", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_called_softphone_rings_answers_and_is_told_who_calls()
    {
        Customer.Answers["voice"] = _ => """
            <Response><Dial><Client><Identity>agent_7</Identity>
            <Parameter name="contact" value="Zoë &amp; Co"/></Client></Dial></Response>
            """;
        await using var page = await PageAsync();
        await using var phone = await SoftphoneAsync();
        await phone.SignalAsync("register", new { media = new { audio = true } });
        await phone.NextAsync("ready");

        var caller = await Network.PlaceCallAsync(Maya, Business);
        var leg = (await page.NextAsync("leg-invite")).GetProperty("leg").GetString();
        await page.SendAsync(new { type = "leg-sdp", leg, sdp = "v=0 offer" });
        var invite = await phone.NextAsync("invite");
        Assert.Equal(
            (leg, "v=0 offer", Maya, "client:agent_7"),
            (
                invite.GetProperty("callsid").GetString(),
                invite.GetProperty("sdp").GetString(),
                invite.GetProperty("parameters").GetProperty("From").GetString(),
                invite.GetProperty("parameters").GetProperty("To").GetString()));
        Assert.Equal("contact=Zo%C3%AB%20%26%20Co", invite.GetProperty("parameters").GetProperty("Params").GetString());
        await phone.SignalAsync("answer", new { callsid = leg, sdp = "v=0 answer" });
        Assert.Equal("v=0 answer", (await page.NextAsync("leg-accept")).GetProperty("sdp").GetString());
        await Eventually(async () => (await Network.StateAsync()).Call(caller)!.Hears == "people", "one another");

        await Network.HangUpAsync(caller);
        Assert.Equal(leg, (await phone.NextAsync("hangup")).GetProperty("callsid").GetString());
    }

    [Fact]
    public async Task A_caller_who_gives_up_cancels_the_ringing()
    {
        Customer.Answers["voice"] = _ => "<Response><Dial><Client>agent_7</Client></Dial></Response>";
        await using var page = await PageAsync();
        await using var phone = await SoftphoneAsync();
        await phone.SignalAsync("register", new { media = new { audio = true } });
        await phone.NextAsync("ready");
        var caller = await Network.PlaceCallAsync(Maya, Business);
        var leg = (await page.NextAsync("leg-invite")).GetProperty("leg").GetString();
        await page.SendAsync(new { type = "leg-sdp", leg, sdp = "v=0 offer" });
        await phone.NextAsync("invite");

        await Network.HangUpAsync(caller);

        Assert.Equal(leg, (await phone.NextAsync("cancel")).GetProperty("callsid").GetString());
    }
}
