namespace UppalCrm.Tests.Contacts;

/// <summary>What a file of vCards becomes.</summary>
public sealed class CardImportTests : IDisposable
{
    private readonly ContactFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_vCard_of_any_version_is_known_by_what_is_in_it() => Assert.Equal(
        [
            "Jörg Müller | Müller; Söhne | j@m.example | +491713920012 [Mobile], +493023125101 [Work fax]",
            "Jane Q. Roe, PhD | Roe LLC | jane@roe.example | +12025550111 [Mobile], +12025550112 [Home] | Line one\nLine two",
            "Anna Berg |  | anna@berg.example | +12025550113 x102 [Work]",
            "! A contact needs a name.",
        ],
        _files.Read(
            """
            BEGIN:VCARD
            VERSION:2.1
            N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;
            FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg=20M=C3=
            =BCller
            TEL;CELL;VOICE:+49 171 3920012
            TEL;WORK;FAX:+493023125101
            EMAIL;INTERNET:j@m.example
            ORG:Müller\; Söhne;Sales
            PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSk
             ZJRgABA

            END:VCARD
            BEGIN:VCARD
            VERSION:3.0
            N:Roe;Jane;Q.;;PhD
            FN:Jane Q. Roe\, PhD
            ORG:Roe LLC;Sales
            item1.TEL;type=pref:(202) 555-0111
            item1.X-ABLabel:_$!<Mobile>!$_
            TEL;type=HOME;type=VOICE:202-555-
             0112
            EMAIL;type=INTERNET;type=WORK:jane@roe.example
            NOTE:Line one\nLine two
            END:VCARD
            BEGIN:VCARD
            VERSION:4.0
            N:Berg;Anna;;;
            TEL;VALUE=uri;TYPE="voice,work":tel:+1-202-555-0113;ext=102
            EMAIL:anna@berg.example
            END:VCARD
            BEGIN:VCARD
            VERSION:3.0
            TEL:202 555 0114
            END:VCARD
            """));

    [Theory]
    [InlineData("VERSION:4.0\nKIND:group")]
    [InlineData("VERSION:4.0\nKIND;VALUE=text: GROUP")]
    [InlineData("VERSION:3.0\nX-ADDRESSBOOKSERVER-KIND:group")]
    public void A_card_that_is_a_group_is_no_contact_and_its_members_are(string group) => Assert.Equal(
        ["! This card is a group of other cards and not a contact.", "Ada |  |  | +12025550111", "Engines Ltd |  |  | +12025550122"],
        _files.Read($"BEGIN:VCARD\n{group}\nN:Family;;;;\nFN:Family\nMEMBER:urn:uuid:ada\nEND:VCARD\n"
            + "BEGIN:VCARD\nVERSION:4.0\nKIND:individual\nFN:Ada\nTEL:202 555 0111\nEND:VCARD\n"
            + "BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Engines Ltd\nTEL:202 555 0122\nEND:VCARD\n"));
}
