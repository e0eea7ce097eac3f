namespace UppalCrm.Tests.PhoneNumbers;

public sealed class NumberParserTests
{
    [Theory]
    [InlineData("US", "202 555 0123", "+12025550123")]
    [InlineData("US", "1 (202) 555-0123", "+12025550123")]
    [InlineData("US", "011 44 20 7946 0958", "+442079460958")]
    [InlineData("US", "0044 20 7946 0958", "+442079460958")]
    [InlineData("US", "+49 30 23125101", "+493023125101")]
    [InlineData("US", "1-800-FLOWERS", "+18003569377")]
    [InlineData("FR", "06 39 98 00 12", "+33639980012")]
    [InlineData("FR", "01.99.00.12.34", "+33199001234")]
    [InlineData("IT", "06 9999 0124", "+390699990124")]
    [InlineData("IT", "+39 (0)6 9999 0124", "+390699990124")]
    [InlineData("DE", "030/23125101", "+493023125101")]
    [InlineData("GB", "07700 900123", "+447700900123")]
    [InlineData("DE", "491713920012", "+491713920012")]
    [InlineData("DE", "49 30 23125101", "+493023125101")]
    [InlineData("BR", "55 99123 4567", "+5555991234567")] // its area is 55, too
    [InlineData("CI", "07 07 07 07 07", "+2250707070707")]
    public void A_number_is_read_as_its_home_writes_it(string home, string text, string e164) =>
        Assert.Equal(e164, new NumberParser(() => home).Read(text).Number?.Value);

    [Theory]
    [InlineData("+44 (0)20 7946 0958", "+442079460958")]
    [InlineData("(+44) 020 7946 0958", "+442079460958")]
    [InlineData("+1\u2011202\u2011555\u20110123", "+12025550123")]
    [InlineData("\u202D+1 202 555 0123\u202C", "+12025550123")]
    [InlineData("\u200E\u2066202\u00A0555\u20090123\u2069", "+12025550123")]
    [InlineData("＋１２０２５５５０１２３", "+12025550123")]
    [InlineData("٢٠٢ ٥٥٥ ٠١٢٣", "+12025550123")]
    [InlineData("202\u2212555\u20140123", "+12025550123")]
    [InlineData("\uFEFF+1 202 555\u00AD0123", "+12025550123")]
    [InlineData("tel:+1-202-555-0123", "+12025550123")]
    [InlineData("=\"2025550123\"", "+12025550123")]
    [InlineData("'+12025550123", "+12025550123")]
    [InlineData("+0044 20 7946 0958", "+442079460958")]
    [InlineData("++12025550123", "+12025550123")]
    [InlineData("+1 (0) 202 555 0123", "+12025550123")]
    [InlineData("+39 (0)6 9999 0124", "+390699990124")]
    [InlineData("202·555·0123", "+12025550123")]
    [InlineData("202•555•0123", "+12025550123")]
    [InlineData("202_555_0123", "+12025550123")]
    [InlineData("[202] 555-0123", "+12025550123")]
    [InlineData("\u201C(202) 555-0123\u201D", "+12025550123")]
    [InlineData("<2025550123>", "+12025550123")]
    [InlineData("Tel. 202-555-0123", "+12025550123")]
    [InlineData("mobile: 202-555-0123", "+12025550123")]
    [InlineData("202-555-0123 (cell)", "+12025550123")]
    [InlineData("☎ 202-555-0123", "+12025550123")]
    [InlineData("\U0001F4DE 202-555-0123", "+12025550123")]
    [InlineData("2025550123.0", "+12025550123")]
    [InlineData("tel:202-555-0123;phone-context=+1", "+12025550123")]
    [InlineData("=2025550123", "+12025550123")]
    [InlineData("=T(\"2025550123\")", "+12025550123")]
    [InlineData("2,025,550,123", "+12025550123")]
    [InlineData("+55 (0xx11) 98765-4321", "+5511987654321")]
    [InlineData("+011 44 20 7946 0958", "+442079460958")]
    [InlineData("+44 20 7946 0958,", "+442079460958")]
    [InlineData("‘+44 20 7946 0958’", "+442079460958")]
    [InlineData("202\u30FC555\u30FC0123", "+12025550123")] // the long vowel of a Japanese keyboard
    [InlineData("202\u30FB555\u30FB0123", "+12025550123")]
    [InlineData("2'025'550'123", "+12025550123")]
    [InlineData("2,02,55,50,123", "+12025550123")]
    public void What_is_pasted_or_printed_is_read_as_if_it_were_typed(string text, string e164) =>
        Assert.Equal(e164, new NumberParser(() => "US").Read(text).Number?.Value);

    [Theory]
    [InlineData("+52 1 55 1234 5678", "+525512345678")]
    [InlineData("+52 044 55 1234 5678", "+525512345678")]
    [InlineData("+55 11 8765 4321", "+5511987654321")]
    [InlineData("+229 97 12 34 56", "+2290197123456")]
    [InlineData("+57 1 2345678", "+576012345678")]
    [InlineData("+39 0347 1234567", "+393471234567")]
    [InlineData("+54 9 11 15 2345 6789", "+5491123456789")]
    [InlineData("+54 11 15 2345 6789", "+5491123456789")]
    [InlineData("+84 168 123 4567", "+84381234567")]
    [InlineData("+7 (8) 495 123 45 67", "+74951234567")]
    [InlineData("+370 8 612 34567", "+37061234567")]
    [InlineData("+225 07 07 07 07 07", "+2250707070707")]
    [InlineData("+225 07 12 34 56", "+2250707123456")]
    [InlineData("+225 45 12 34 56", "+2250545123456")]
    [InlineData("+225 01 12 34 56", "+2250101123456")]
    [InlineData("+237 77 12 34 56", "+237677123456")]
    [InlineData("+212 61 23 45 67", "+212661234567")]
    [InlineData("+20 10 234 5678", "+201002345678")]
    [InlineData("+593 9 876 5432", "+593998765432")]
    [InlineData("+56 2 345 6789", "+56223456789")]
    [InlineData("+66 1 234 5678", "+66812345678")]
    [InlineData("+44 171 946 0958", "+442079460958")]
    [InlineData("+351 096 123 4567", "+351961234567")]
    [InlineData("+48 022 123 45 67", "+48221234567")]
    [InlineData("+56 09 8765 4321", "+56987654321")]
    [InlineData("+998 8 90 123 45 67", "+998901234567")]
    [InlineData("+380 8 044 123 4567", "+380441234567")]
    [InlineData("+974 555 1234", "+97455551234")]
    [InlineData("+506 812 3456", "+50688123456")]
    [InlineData("+39 6 9999 0124", "+390699990124")]
    [InlineData("+41 1 668 18 00", "+41446681800")]
    [InlineData("+7 095 123 45 67", "+74951234567")]
    [InlineData("+7 3272 12 34 56", "+77272123456")]
    [InlineData("+34 3 123 45 67", "+34931234567")]
    [InlineData("+351 1 123 4567", "+351211234567")]
    public void A_way_of_writing_that_a_country_has_given_up_names_the_same_subscriber(string text, string e164)
    {
        var parser = new NumberParser(() => "US");

        Assert.Equal(e164, parser.Read(text).Number?.Value);
        Assert.Equal(e164, parser.ReadCaller("+" + string.Concat(text.Where(char.IsAsciiDigit))).Address);
    }

    [Theory]
    [InlineData("202 555 0123 x101", "101")]
    [InlineData("202 555 0123 ext. 102", "102")]
    [InlineData("2025550123,,103#", "103")]
    [InlineData("tel:+12025550123;ext=204", "204")]
    [InlineData("(202) 555-0123 #205", "205")]
    [InlineData("202-555-0123 Extension: 7", "7")]
    [InlineData("+1 202 555 0123 poste 12", "12")]
    [InlineData("+1 202 555 0123 Durchwahl 12", "12")]
    [InlineData("202 555 0123 p103", "103")]
    [InlineData("202 555 0123 (ext 12)", "12")]
    [InlineData("202-555-0123-ext-12", "12")]
    [InlineData("202-555-0123 ext #12", "12")]
    [InlineData("202-555-0123 ex. 12", "12")]
    [InlineData("202-555-0123 ×12", "12")]
    [InlineData("202-555-0123 [x12]", "12")]
    [InlineData("202-555-0123, доб. 12", "12")]
    [InlineData("202-555-0123 вн. 12", "12")]
    [InlineData("202-555-0123 wewn. 12", "12")]
    [InlineData("202-555-0123 内線 12", "12")]
    [InlineData("202-555-0123 转12", "12")]
    [InlineData("202-555-0123 Klappe 12", "12")]
    [InlineData("202-555-0123 ankn. 12", "12")]
    [InlineData("2025550123PP12", "12")]
    [InlineData("tel:+1-202-555-0123;ext=12;isub=1", "12")]
    [InlineData("(202) 555-0123*12", "12")]
    [InlineData("202 555 0123 Nbst. 12", "12")]
    [InlineData("202 555 0123 p. 12", "12")]
    [InlineData("202 555 0123 interno n. 12", "12")]
    [InlineData("202 555 0123 extensión núm. 12", "12")]
    [InlineData("202 555 0123 anx. 12", "12")]
    [InlineData("202 555 0123 R12", "12")]
    [InlineData("202 555 0123 doorkiesnummer 12", "12")]
    [InlineData("202 555 0123 anknytn. 12", "12")]
    [InlineData("202 555 0123 lokalnr. 12", "12")]
    [InlineData("202 555 0123 mellék 12", "12")]
    [InlineData("202 555 0123 εσωτ. 12", "12")]
    [InlineData("202 555 0123 dah. 12", "12")]
    [InlineData("202 555 0123 שלוחה 12", "12")]
    [InlineData("202 555 0123 Durchw. 12", "12")]
    [InlineData("202 555 0123 interne 12", "12")]
    [InlineData("202 555 0123 extension number 12", "12")]
    [InlineData("202 555 0123 ต่อ 12", "12")]
    [InlineData("202 555 0123 x12 (work)", "12")]
    [InlineData("tel:+1-202-555-0123;extension=12", "12")]
    [InlineData("tel:+1-202-555-0123;postd=12", "12")]
    public void An_extension_is_beside_the_number_and_never_part_of_it(string text, string extension)
    {
        var reading = new NumberParser(() => "US").Read(text);

        Assert.Equal(("+12025550123", extension), (reading.Number?.Value, reading.Extension));
    }

    [Theory]
    [InlineData("+49 30 23125101 x12", "+493023125101", "12")]
    [InlineData("202-555-0123/101", "+12025550123", "101")]
    [InlineData("(202) 555-0123 / 10101", "+12025550123", "10101")]
    [InlineData("202-555-0123/0124", null, null)] // the subscriber's next number
    [InlineData("202-555-0123/24", null, null)]
    [InlineData("555-0123/101", null, null)]
    [InlineData("1-800-FLOWERS x12", "+18003569377", "12")]
    [InlineData("1 (888) GO-FEDEX, ext. 12", "+18884633339", "12")]
    [InlineData("1-800-555-TAX1", "+18005558291", null)]
    [InlineData("tel:+12025550123;postd=pp12", null, null)]
    [InlineData("+49 30 23125101 option 2", null, null)]
    [InlineData("+49 30 23125101 or 23125102", null, null)]
    [InlineData("+49 30 23125101, +49 30 23125102", null, null)]
    public void Where_numbers_have_any_length_nothing_that_follows_is_taken_for_digits(string text, string? e164, string? extension)
    {
        var reading = new NumberParser(() => "US").Read(text);

        Assert.Equal((e164, extension), (reading.Number?.Value, reading.Extension));
    }

    [Theory]
    [InlineData("US", "2025550143 / 2025550144", "These are several numbers. Write one.")]
    [InlineData("US", "+98 9633", "This number is too short to be called from here.")]
    [InlineData("US", "0123456789", "No number here begins with 0: write it with its country code.")]
    [InlineData("US", "030 23125101", "No number here begins with 0: write it with its country code.")]
    [InlineData("US", "06 39 98 00 12", "No number here begins with 0: write it with its country code.")]
    [InlineData("ES", "0612345678", "No number here begins with 0: write it with its country code.")]
    [InlineData("US", "123 456 7890", "No area code here begins with 1: check it, or write the number with its country code.")]
    [InlineData("US", "1 123 456 7890", "No area code here begins with 1: check it, or write the number with its country code.")]
    [InlineData("US", "(202) 155-0123", "No number here has 1 behind its area code: check it, or write the number with its country code.")]
    [InlineData("US", "202 055 0123", "No number here has 0 behind its area code: check it, or write the number with its country code.")]
    [InlineData("IT", "6 9999 0124", "There is no such number in the plan of Italy (+39). Check its digits, or write it with its country code.")]
    [InlineData("US", "+34 6112 2233", "This number is too short.")]
    [InlineData("US", "555-0123", "The area code is missing.")]
    [InlineData("US", "442079460958", "This number is too long to be one here: write a number of another country with its country code.")]
    [InlineData("US", "+1 202 555 01", "This number is too short.")]
    [InlineData("US", "+999 1234 5678", "There is no country with this code.")]
    [InlineData("US", "4,42079E+11", "A spreadsheet has rounded this number to 4,42079E+11, so its last digits are lost. Format the column as text there, and enter the number again.")]
    [InlineData("US", "4.42E+11", "A spreadsheet has rounded this number to 4.42E+11, so its last digits are lost. Format the column as text there, and enter the number again.")]
    [InlineData("US", "1.20255501E+010", "A spreadsheet has rounded this number to 1.20255501E+010, so its last digits are lost. Format the column as text there, and enter the number again.")]
    [InlineData("US", "44207946E4", "A spreadsheet has rounded this number to 44207946E4, so its last digits are lost. Format the column as text there, and enter the number again.")]
    [InlineData("US", "#N/A", "A spreadsheet shows an error here and no number. Mend the cell there.")]
    [InlineData("US", "#REF!", "A spreadsheet shows an error here and no number. Mend the cell there.")]
    [InlineData("US", "call me", "This is not a phone number.")]
    [InlineData("US", "---", "This is not a phone number.")]
    [InlineData("US", "+266696687", "This stands for a number that was withheld. If it is a number all the same, write it with its country code.")]
    [InlineData("US", "Anonymous", "This stands for a number that was withheld. If it is a number all the same, write it with its country code.")]
    public void What_is_no_number_is_refused_in_words(string home, string text, string words)
    {
        var reading = new NumberParser(() => home).Read(text);

        Assert.Null(reading.Number);
        Assert.Equal(words, reading.Words);
    }

    [Theory]
    [InlineData("US", "911", NumberProblem.Emergency)]
    [InlineData("US", "9-1-1", NumberProblem.Emergency)]
    [InlineData("US", "112", NumberProblem.Emergency)]
    [InlineData("US", "999", NumberProblem.Emergency)]
    [InlineData("US", "110", NumberProblem.Emergency)]
    [InlineData("US", "+112", NumberProblem.Emergency)]
    [InlineData("AU", "000", NumberProblem.Emergency)]
    [InlineData("US", "000", NumberProblem.Emergency)]
    [InlineData("CH", "144", NumberProblem.Emergency)]
    [InlineData("US", "411", NumberProblem.Service)]
    [InlineData("US", "611", NumberProblem.Service)]
    [InlineData("US", "211", NumberProblem.Service)]
    [InlineData("US", "1-411", NumberProblem.Service)]
    [InlineData("US", "+1 611", NumberProblem.Service)]
    [InlineData("US", "*67 202 555 0123", NumberProblem.Service)]
    [InlineData("US", "*611", NumberProblem.Service)]
    [InlineData("GB", "118500", NumberProblem.Service)]
    [InlineData("US", "911#", NumberProblem.Emergency)]
    [InlineData("US", "9911", NumberProblem.Emergency)]
    [InlineData("US", "1-911", NumberProblem.Emergency)]
    [InlineData("DE", "0112", NumberProblem.Emergency)]
    [InlineData("DE", "+49 112", NumberProblem.Emergency)]
    [InlineData("GB", "+44 999", NumberProblem.Emergency)]
    [InlineData("US", "10111", NumberProblem.Emergency)]
    [InlineData("US", "1122", NumberProblem.Emergency)]
    [InlineData("US", "0", NumberProblem.Service)]
    [InlineData("ES", "061", NumberProblem.Service)]
    [InlineData("GB", "141 020 7946 0958", NumberProblem.Service)]
    [InlineData("JP", "184 03-1234-5678", NumberProblem.Service)]
    [InlineData("AU", "1831 02 5550 1234", NumberProblem.Service)]
    [InlineData("US", "1167 202 555 0123", NumberProblem.Service)]
    public void Emergency_and_service_numbers_have_words_of_their_own(string home, string text, NumberProblem problem)
    {
        var reading = new NumberParser(() => home).Read(text);

        Assert.Equal(problem, reading.Problem);
        Assert.Equal(
            problem == NumberProblem.Emergency, reading.Words == "Emergency calls cannot be made from here. Use another telephone.");
    }

    [Theory]
    [InlineData("US", "2025550111", "(202) 555-0111")]
    [InlineData("US", "+44207946", "+44 20 7946")]
    [InlineData("DE", "030231", "030 231")]
    [InlineData("US", "Maya 2", "Maya 2")]
    [InlineData("US", "*67", "*67")]
    [InlineData("US", "", "")]
    public void A_number_is_laid_out_while_it_is_typed(string home, string typed, string laidOut) =>
        Assert.Equal(laidOut, new NumberParser(() => home).FormatAsTyped(typed));

    [Fact]
    public void Any_text_at_all_is_answered()
    {
        var parser = new NumberParser(() => "US");
        foreach (var text in (string[])["\uD800", "+", "(((((", new string('9', 5000), "x", "+1", "\0", "1e400000", "sip:",
                ",,,,", "+1 (((202", "+247 12345", "+290 12345", "+599 1", "=\"\"", "=\"", "#", "0"])
        {
            Assert.NotNull(parser.Read(text).Words);
            Assert.Null(parser.ReadCaller(text).Number is { } number && !PhoneNumber.TryParse(number.Value, out _) ? text : null);
        }
    }
}
