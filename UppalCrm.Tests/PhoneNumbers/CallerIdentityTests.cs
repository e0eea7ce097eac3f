namespace UppalCrm.Tests.PhoneNumbers;

public sealed class CallerIdentityTests
{
    private static readonly NumberParser Parser = new(() => "US");

    [Theory]
    [InlineData("anonymous")]
    [InlineData("Anonymous")]
    [InlineData("RESTRICTED")]
    [InlineData("blocked")]
    [InlineData("unknown")]
    [InlineData("Unavailable")]
    [InlineData("private")]
    [InlineData("Private Number")]
    [InlineData("No Caller ID")]
    [InlineData("")]
    [InlineData(" \u200E")]
    [InlineData(null)]
    [InlineData("+266696687")]
    [InlineData("266696687")]
    [InlineData("+7378742833")]
    [InlineData("+2562533")]
    [InlineData("+8656696")]
    [InlineData("86282452253")]
    [InlineData("+7748283")]
    [InlineData("sip:anonymous@203.0.113.7")]
    [InlineData("sips:Anonymous@anonymous.invalid;user=phone")]
    [InlineData("\"Anonymous\" <sip:c8oqz84zk7z@anonymous.invalid>")]
    [InlineData("sip:+266696687@203.0.113.7:5060")]
    [InlineData("sip:203.0.113.7")]
    [InlineData("Unbekannt")]
    [InlineData("Numéro masqué")]
    [InlineData("Número privado")]
    [InlineData("sconosciuto")]
    [InlineData("Неизвестный")]
    [InlineData("Wireless Caller")]
    [InlineData("UNKNOWN NAME")]
    [InlineData("Caller ID Unavailable")]
    [InlineData("N/A")]
    [InlineData("Hidden number")]
    [InlineData("Coin line/payphone")]
    [InlineData("sip:no-caller-id@example.com")]
    [InlineData("sip:thisuser@anonymous.invalid")]
    [InlineData("sip:unavailable@unknown.invalid")]
    [InlineData("client:Anonymous")]
    [InlineData("+1266696687")]
    [InlineData("00266696687")]
    [InlineData("+12562533")]
    [InlineData("+1 000 000 0000")]
    [InlineData("Unbekannter Teilnehmer")]
    [InlineData("sip:rufnummer-unterdrückt@example.com")]
    [InlineData("Appel masqué")]
    [InlineData("sip:numero-cache@example.com")]
    [InlineData("Llamada oculta")]
    [InlineData("Numero anonimo")]
    [InlineData("Anonieme beller")]
    [InlineData("Não identificado")]
    [InlineData("Skyddat nummer")]
    [InlineData("Numer zastrzeżony")]
    [InlineData("Номер скрыт")]
    [InlineData("非通知")]
    [InlineData("발신번호표시제한")]
    [InlineData("Απόκρυψη")]
    [InlineData("Soukromé číslo")]
    [InlineData("Okänt nummer")]
    [InlineData("Gizli numara")]
    [InlineData("Tuntematon numero")]
    [InlineData("sip:restricted@10.0.0.1;transport=tcp")]
    public void A_caller_who_withholds_the_number_is_nobody(string? address)
    {
        var caller = Parser.ReadCaller(address);

        Assert.Equal(
            (CallerKind.Withheld, CallerIdentity.Nobody, false, null),
            (caller.Kind, caller.Address, caller.IsIdentified, caller.Number?.Value));
        Assert.Equal(CallerKind.Withheld, CallerIdentity.Of(caller.Address).Kind);
    }

    [Theory]
    [InlineData("+12025550154")]
    [InlineData("12025550154")]
    [InlineData("2025550154")]
    [InlineData("sip:+12025550154@203.0.113.7:5060;user=phone")]
    [InlineData("sips:12025550154@example.com")]
    [InlineData("sip:%2B12025550154;npdi@example.com")]
    [InlineData("<sip:+1-202-555-0154@example.com>;tag=7")]
    [InlineData("tel:+1-202-555-0154")]
    [InlineData("whatsapp:+12025550154")]
    [InlineData("0012025550154")]
    [InlineData(" 12025550154")]
    [InlineData("sip:2025550154;phone-context=+1@example.com;user=phone")]
    [InlineData("sip:5550154;phone-context=+1202@example.com")]
    [InlineData("tel:5550154;phone-context=+1-202")]
    [InlineData("\"Bob \\\"<x>\\\" C\" <sip:+12025550154@example.com>;tag=x")]
    [InlineData("sip:+12025550154@[2001:db8::1]:5060")]
    [InlineData("sip:01112025550154@example.com")]
    public void A_number_in_another_spelling_is_the_same_number(string address) =>
        Assert.Equal(new CallerIdentity(CallerKind.Number, "+12025550154"), Parser.ReadCaller(address));

    [Theory]
    [InlineData("DE", "493023125101", "+493023125101")]
    [InlineData("DE", "03023125101", "+493023125101")]
    [InlineData("GB", "442079460958", "+442079460958")]
    [InlineData("IT", "390699990124", "+390699990124")]
    [InlineData("US", "442079460958", "+442079460958")]
    [InlineData("US", "+10123456789", "+10123456789")]
    public void Digits_without_a_plus_are_read_as_the_number_that_they_can_be(string home, string address, string e164) =>
        Assert.Equal(e164, new NumberParser(() => home).ReadCaller(address).Address);

    [Fact]
    public void What_was_read_and_shown_before_is_read_and_shown_anew_where_home_is_another_country()
    {
        var home = "US";
        var parser = new NumberParser(() => home);
        var format = new NumberFormat(parser, new OurLines());
        Assert.Equal(("+12025550154", "+44 20 7946 0958"), (parser.ReadCaller("2025550154").Address, format.Show("+442079460958")));

        home = "GB";

        Assert.Equal(("2025550154", "020 7946 0958"), (parser.ReadCaller("2025550154").Address, format.Show("+442079460958")));
        Assert.Equal("+1 202 555 0154", format.Show("+12025550154"));
    }

    [Theory]
    [InlineData("sip:alice@Example.com:5061;transport=tls", "sip:alice@example.com", "alice")]
    [InlineData("sip:1001@pbx.example", "sip:1001@pbx.example", "1001")]
    [InlineData("1001", "1001", "1001")]
    [InlineData("client:lobby", "client:lobby", "client:lobby")]
    public void A_user_of_another_system_is_somebody_who_has_no_number(string address, string kept, string shown)
    {
        var caller = Parser.ReadCaller(address);

        Assert.Equal((CallerKind.SipUser, kept, shown, true), (caller.Kind, caller.Address, caller.User, caller.IsIdentified));
        Assert.Equal(caller, CallerIdentity.Of(kept));
    }

    [Fact]
    public void A_call_of_one_of_our_lines_is_shown_as_our_line()
    {
        var format = new NumberFormat(Parser, new OurLines { Numbers = ["+12025550100"] });

        Assert.Equal("Our line (202) 555-0100", format.ShowCaller("+12025550100"));
        Assert.Equal("(202) 555-0154", format.ShowCaller("+12025550154"));
        Assert.Equal((false, true), (format.CanCallBack("+12025550100"), format.CanCallBack("+12025550154")));
        Assert.Equal((false, "alice"), (format.CanCallBack("sip:alice@example.com"), format.ShowCaller("sip:alice@example.com")));
    }
}
