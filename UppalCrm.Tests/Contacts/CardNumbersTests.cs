namespace UppalCrm.Tests.Contacts;

public sealed class CardNumbersTests
{
    [Theory]
    [InlineData("4111 1111 1111 1111", "•••• •••• •••• 1111")]
    [InlineData("4111-1111-1111-1111", "••••-••••-••••-1111")]
    [InlineData("4111111111111111", "••••••••••••1111")]
    [InlineData("4111.1111.1111.1111", "••••.••••.••••.1111")]
    [InlineData("4111  1111  1111  1111", "••••  ••••  ••••  1111")]
    [InlineData("4111\u00A01111\u00A01111\u00A01111", "••••\u00A0••••\u00A0••••\u00A01111")]
    [InlineData("４１１１１１１１１１１１１１１１", "••••••••••••１１１１")]
    [InlineData("Pays with 5500 0000 0000 0004, exp 12/29", "Pays with •••• •••• •••• 0004, exp 12/29")]
    [InlineData("378282246310005", "•••••••••••0005")]
    [InlineData("(6011111111111117)", "(••••••••••••1117)")]
    [InlineData("two: 4111111111111111 and 5500000000000004", "two: ••••••••••••1111 and ••••••••••••0004")]
    public void A_card_keeps_its_last_four_digits(string text, string kept) => Assert.Equal(kept, CardNumbers.Mask(text));

    [Theory]
    [InlineData("4111 1111 1111 1112")] // the check digit is wrong
    [InlineData("Call +4111111111111111")]
    [InlineData("Call +44 20 7946 0958")]
    [InlineData("Order 1234567890123")]
    [InlineData("Tracking 41111111111111114111111111111111")]
    [InlineData("2026-11-28 17:00")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_card_stays(string? text) => Assert.Equal(text, CardNumbers.Mask(text));
}
