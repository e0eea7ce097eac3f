using System.Net;
using System.Text;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>Who gets in at the webhooks, over HTTP. A request that does not get in has changed nothing.</summary>
public sealed class ValidateTwilioRequestFilterTests : IAsyncLifetime
{
    private static readonly CallSid Leg = new("CA00000000000000000000000000000001");
    private static readonly string[] Everything =
        [WebhookPaths.Voice, WebhookPaths.CallStatus, WebhookPaths.ConferenceStatus, WebhookPaths.Recording, WebhookPaths.Wait,
            WebhookPaths.Voicemail];

    private TwilioHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TwilioHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task An_unsigned_a_forged_and_a_misdirected_request_are_refused_everywhere_and_change_nothing()
    {
        var form = TwilioHost.Voice(Leg, "+12025550123");
        var body = Body(form);
        foreach (var path in Everything)
        {
            string?[] signatures =
            [
                null,
                "",
                "not base64 !",
                TwilioSigner.Sign("ffffffffffffffffffffffffffffffff", TwilioHost.PublicUrl + path, form),
                TwilioSigner.Sign(TwilioHost.AuthToken, "https://other.example.com" + path, form),
                TwilioSigner.Sign(TwilioHost.AuthToken, "http://crm.example.com" + path, form),
                TwilioSigner.Sign(TwilioHost.AuthToken, TwilioHost.PublicUrl + path + "?participant=customer", form),
            ];
            foreach (var signature in signatures)
            {
                using var response = await _host.PostRawAsync(path, body, signature);
                Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            }
        }

        Assert.Equal((0, 0, 0), await _host.ContentAsync());
    }

    [Fact]
    public async Task A_changed_parameter_breaks_the_signature()
    {
        var form = TwilioHost.Voice(Leg, "+12025550123");
        var signature = TwilioSigner.Sign(TwilioHost.AuthToken, TwilioHost.PublicUrl + WebhookPaths.Voice, form);

        using var response = await _host.PostRawAsync(WebhookPaths.Voice, Body(TwilioHost.Voice(Leg, "client:agent_7")), signature);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_request_for_another_account_is_refused_although_it_is_signed()
    {
        var form = TwilioHost.Voice(Leg, "+12025550123");
        form[0] = new("AccountSid", "AC22222222222222222222222222222222");

        using var response = await _host.PostAsync(WebhookPaths.Voice, form);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal((0, 0, 0), await _host.ContentAsync());
    }

    [Fact]
    public async Task A_body_of_100_kB_is_too_large_signed_or_not()
    {
        List<KeyValuePair<string, string>> form = [.. TwilioHost.Voice(Leg, "+12025550123"), new("Padding", new string('x', 100_000))];

        using var signed = await _host.PostAsync(WebhookPaths.Voice, form);
        using var unsigned = await _host.PostRawAsync(WebhookPaths.Voice, Body(form), null);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, signed.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, unsigned.StatusCode);
        Assert.Equal((0, 0, 0), await _host.ContentAsync());
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_cut_off_where_it_grows_too_large()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, WebhookPaths.Voice);
        request.Content = new StreamContent(new EndlessStream(1_000_000));
        request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        request.Headers.TransferEncodingChunked = true;

        using var response = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("From=%ZZ&CallSid=%")]
    [InlineData("From=%C3%28&To=%FF")]
    [InlineData("From=a%00b&CallSid=%00")]
    [InlineData("=&==&&&=x")]
    [InlineData("\u0000\u0001\u0002")]
    public async Task Odd_bodies_are_refused_and_never_an_error(string body)
    {
        foreach (var path in Everything)
        {
            using var response = await _host.PostRawAsync(path, Encoding.UTF8.GetBytes(body), "c2lnbmF0dXJl");
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Fact]
    public async Task Odd_bodies_that_are_signed_get_an_answer()
    {
        List<KeyValuePair<string, string>>[] forms =
        [
            [new("AccountSid", TwilioHost.Account)],
            [new("AccountSid", TwilioHost.Account), new("CallSid", "a\0b"), new("From", "\0"), new("ConferenceSid", "\0"),
                new("StatusCallbackEvent", "\uFFFF")],
            [new("AccountSid", TwilioHost.Account), .. Enumerable.Range(0, 4_000).Select(i => KeyValuePair.Create($"f{i}", ""))],
            [.. TwilioHost.Voice(Leg, "+12025550123"), new("From", "client:agent_7"), new("CallSid", "CA2")],
            [.. TwilioHost.Voice(Leg, "+12025550123", status: "no-such-status"), new("StatusCallbackEvent", "no-such-event"),
                new("SequenceNumber", "-1"), new("Timestamp", "yesterday")],
        ];
        foreach (var path in Everything)
        {
            foreach (var form in forms)
            {
                using var response = await _host.PostAsync(path, form);
                Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task Ten_thousand_fields_are_looked_at_and_refused()
    {
        var body = string.Join('&', Enumerable.Range(0, 10_000).Select(i => $"{i}="));

        using var response = await _host.PostRawAsync(WebhookPaths.Voice, Encoding.UTF8.GetBytes(body), "c2lnbmF0dXJl");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Names_that_differ_in_case_and_names_that_repeat_are_signed_as_Twilio_signs_them()
    {
        List<KeyValuePair<string, string>> form =
            [.. TwilioHost.Voice(Leg, "+12025550123"), new("callsid", "x"), new("Tag", "zeta"), new("Tag", "alpha"), new("Tag", "alpha")];

        using var response = await _host.PostAsync(WebhookPaths.Voice, form);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("?a=1&b=%C3%BC&c=a+b&d=a%20b")]
    [InlineData("?x=%2b1&X=%2B1")]
    [InlineData("?")]
    public async Task The_query_is_signed_byte_for_byte(string query)
    {
        using var response = await _host.PostAsync(WebhookPaths.Wait + query, TwilioHost.Voice(Leg, "+12025550123"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_GET_is_signed_by_its_address_alone()
    {
        var target = $"{WebhookPaths.Wait}?for=hold&AccountSid={TwilioHost.Account}&CallSid={Leg}";
        using var signed = new HttpRequestMessage(HttpMethod.Get, target);
        signed.Headers.Add(TwilioSignature.HeaderName, TwilioSigner.Sign(TwilioHost.AuthToken, TwilioHost.PublicUrl + target, []));
        using var unsigned = new HttpRequestMessage(HttpMethod.Get, target);

        using var let = await _host.Http.SendAsync(signed, TestContext.Current.CancellationToken);
        using var refused = await _host.Http.SendAsync(unsigned, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, let.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task A_GET_that_a_proxy_spells_differently_is_let_in()
    {
        var target = $"{WebhookPaths.Wait}?for=hold&AccountSid={TwilioHost.Account}&CallerCity=";
        using var request = new HttpRequestMessage(HttpMethod.Get, target + "COEUR%20D%27ALENE");
        request.Headers.Add(TwilioSignature.HeaderName,
            TwilioSigner.Sign(TwilioHost.AuthToken, $"{TwilioHost.PublicUrl}{target}COEUR+D'ALENE", []));

        using var response = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_no_form_needs_its_hash_in_the_signed_address()
    {
        var body = "{}"u8.ToArray();
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body));
        var promised = $"{WebhookPaths.CallStatus}?AccountSid={TwilioHost.Account}&bodySHA256={hash}";
        var unpromised = $"{WebhookPaths.CallStatus}?AccountSid={TwilioHost.Account}";

        using var right = await _host.PostRawAsync(promised, body, Sign(promised), "application/json");
        using var swapped = await _host.PostRawAsync(promised, "[]"u8.ToArray(), Sign(promised), "application/json");
        using var without = await _host.PostRawAsync(unpromised, body, Sign(unpromised), "application/json");

        Assert.Equal(HttpStatusCode.NoContent, right.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, swapped.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode);

        static string Sign(string target) => TwilioSigner.Sign(TwilioHost.AuthToken, TwilioHost.PublicUrl + target, []);
    }

    private static byte[] Body(IEnumerable<KeyValuePair<string, string>> form) =>
        Encoding.UTF8.GetBytes(string.Join('&', form.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}")));

    /// <summary>So many letters, without saying beforehand how many.</summary>
    private sealed class EndlessStream(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, read).Fill((byte)'x');
            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
