using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Dialling;

/// <summary>What the hub answers to a softphone that asks for a number, with the whole app behind it.</summary>
public sealed class DialledByHubTests
{
    private static readonly (string, string)[] Limits =
    [
        ("Dialling:CallsPerAgentPerMinute", "1000"), ("Dialling:AllowedCountryCodes:0", "1"), ("Dialling:AllowedCountryCodes:1", "44"),
        ("Dialling:AllowedCountryCodes:2", "49"), ("Dialling:AllowedCountryCodes:3", "33"), ("Dialling:AllowedCountryCodes:4", "39"),
        ("Dialling:AllowedCountryCodes:5", "870"), ("Dialling:AllowedCountryCodes:6", "52"),
    ];

    [Fact]
    public async Task What_must_not_be_dialled_is_refused_in_words_and_no_call_is_made()
    {
        await using var house = await House.OpenAsync(Limits);
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var wrong = new List<string>();

        foreach (var (typed, words) in DialledCases.Refused(house.OurNumber))
        {
            var answer = await dana.DialAsync(typed);
            if (answer.CallId is not null || answer.Error?.Contains(words, StringComparison.Ordinal) != true
                || answer.Error.Contains("too short", StringComparison.Ordinal))
            {
                wrong.Add($"{typed}: {answer.Error ?? "dialled"}");
            }
        }

        Assert.Empty(wrong);
        Assert.Null(await house.FindCallAsync(calls => calls));
    }

    [Theory]
    [InlineData("FR", "06 39 98 00 12", "+33639980012")]
    [InlineData("IT", "06 9999 0124", "+390699990124")]
    [InlineData("US", "+44 (0)20 7946 0958", "+442079460958")]
    [InlineData("US", "+1\u2011202\u2011555\u20110123", "+12025550123")]
    [InlineData("US", "\u202D+1 202 555 0123\u202C", "+12025550123")]
    [InlineData("US", "＋１２０２５５５０１２３", "+12025550123")]
    [InlineData("US", "+52 1 55 1234 5678", "+525512345678")]
    public async Task A_number_is_dialled_as_it_was_meant(string home, string typed, string e164)
    {
        await using var house = await House.OpenAsync([.. Limits, ("Dialling:HomeCountry", home)]);
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");

        var answer = await dana.DialAsync(typed);

        Assert.Null(answer.Error);
        Assert.Equal(e164, (await house.FindCallAsync(calls => calls.Where(c => c.Id == answer.CallId)))!.ToNumber);
    }
}
