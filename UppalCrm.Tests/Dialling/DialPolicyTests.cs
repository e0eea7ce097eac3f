using Microsoft.Extensions.Options;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Dialling;

public sealed class DialPolicyTests
{
    public static TheoryData<string> Islands =>
        [.. "242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876".Split(' ')];

    [Theory]
    [MemberData(nameof(Islands))]
    public void An_island_of_plus_1_is_refused_until_it_is_allowed_by_itself(string code)
    {
        Assert.Contains("blocked", Policy().Check($"+1 {code} 555 0123").Reason, StringComparison.Ordinal);
        Assert.Contains(
            "blocked", Policy(o => o.AllowedPrefixes = ["+1999"]).Check($"({code}) 555-0123").Reason, StringComparison.Ordinal);

        var number = code is "658" ? "+1 658 201 0123" : code is "664" ? "+1 664 491 0123"
            : $"+1 {code} {(code is "242" ? "322" : code is "345" ? "949" : "555")} 0123";
        Assert.DoesNotContain(
            "blocked", Policy(o => o.AllowedPrefixes = ["+1" + code]).Check(number).Reason ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+1 900 555 0123")]
    [InlineData("+1 212 976 1234")]
    [InlineData("+1 700 555 0123")]
    [InlineData("+1 500 555 0123")]
    [InlineData("+1 533 555 0123")]
    [InlineData("+1 600 555 0123")]
    [InlineData("+870 773 111 632")]
    [InlineData("+881 6 123 45678")]
    [InlineData("+882 1234567890")]
    [InlineData("+883 5100 0123 4567")]
    [InlineData("+979 1 2345 6789")]
    [InlineData("+44 70 1234 5678")]
    [InlineData("+44 845 123 4567")]
    [InlineData("+44 909 879 0123")]
    [InlineData("+49 180 5 123456")]
    [InlineData("+49 900 1 123456")]
    [InlineData("+49 700 1234 5678")]
    [InlineData("+33 899 12 34 56")]
    [InlineData("+61 1900 123 456")]
    [InlineData("+39 899 123456")]
    [InlineData("+62 868 123 4567")]
    [InlineData("+61 147 123 456")]
    [InlineData("+7 954 200 12 34")]
    [InlineData("+351 707 123 456")]
    [InlineData("+47 815 12 345")]
    [InlineData("+81 570 123 456")]
    [InlineData("+1 202 555 1212")]
    [InlineData("+43 900 123456")]
    [InlineData("+41 901 123 456")]
    [InlineData("+34 806 123 456")]
    [InlineData("+31 900 1234")]
    [InlineData("+48 701 234 567")]
    [InlineData("+972 1900 123 456")]
    [InlineData("+44 871 234 5678")]
    [InlineData("+358 600 12345")]
    [InlineData("+64 900 12345")]
    [InlineData("+46 939 1234567")]
    public void What_costs_more_than_a_call_is_refused_in_every_country_that_is_allowed(string number)
    {
        var refusal = Policy(
            o => o.AllowedCountryCodes = ["1", "44", "49", "33", "61", "39", "62", "7", "351", "47", "81", "43", "41", "34", "31", "48", "972",
                "870", "881", "882", "883", "979", "358", "64", "46"]).Check(number).Reason;

        Assert.Contains("blocked, because they cost more than a call", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+1 800 555 0123")]
    [InlineData("+1 340 555 0123")]
    [InlineData("+1 787 555 0123")]
    [InlineData("+49 800 1234567")]
    [InlineData("+44 20 7946 0958")]
    [InlineData("+44 7700 900123")]
    [InlineData("(416) 555-0123")]
    public void Ordinary_and_freephone_numbers_may_be_dialled(string number) =>
        Assert.Null(Policy(o => o.AllowedCountryCodes = ["1", "44", "49"]).Check(number).Reason);

    [Fact]
    public void What_is_allowed_by_itself_opens_nothing_else()
    {
        var policy = Policy(o => (o.AllowedCountryCodes, o.AllowedPrefixes) = (["1", "44"], ["+44845", "+1876"]));

        Assert.Equal("+448451234567", policy.Check("+44 845 123 4567").Value.Value);
        Assert.Equal("+18765550123", policy.Check("(876) 555-0123").Value.Value);
        Assert.NotNull(policy.Check("+44 70 1234 5678").Reason);
        Assert.NotNull(policy.Check("(868) 555-0123").Reason);
    }

    [Fact]
    public void An_island_is_no_island_at_home() =>
        Assert.Equal("+18765550123", Policy(o => o.HomeCountry = "JM").Check("876 555 0123").Value.Value);

    [Theory]
    [InlineData("0123456789", "No number here begins with 0: write it with its country code.")]
    [InlineData("911", "Emergency calls cannot be made from here. Use another telephone.")]
    [InlineData("+49 30 23125101 x12", "Call the number without its extension, and press 12 on the keypad when the call is answered.")]
    [InlineData("(202) 555-0100", "This is one of our own lines. It cannot be called from here.")]
    [InlineData("+33 1 99 00 12 34", "Calls to +33 are not allowed here. An administrator can allow this country in the settings (Dialling:AllowedCountryCodes).")]
    public void A_refusal_says_what_to_do(string typed, string words) =>
        Assert.Equal(words, Policy(o => o.AllowedCountryCodes = ["1", "49"]).Check(typed).Reason);

    [Theory]
    [InlineData("+1")]
    [InlineData("+18")]
    [InlineData("1876")]
    [InlineData("+1876x")]
    public void A_prefix_that_would_open_a_whole_country_is_refused_at_start(string prefix) =>
        Assert.Single(new DialOptions { AllowedPrefixes = [prefix] }.Validate(new(new object())));

    private static DialPolicy Policy(Action<DialOptions>? change = null)
    {
        var options = new DialOptions();
        change?.Invoke(options);
        var monitor = new Fixed(options);
        return new DialPolicy(monitor, new NumberParser(monitor), new OurLines { Numbers = ["+12025550100"] });
    }

    private sealed class Fixed(DialOptions options) : IOptionsMonitor<DialOptions>
    {
        public DialOptions CurrentValue => options;

        public DialOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<DialOptions, string?> listener) => null;
    }
}
