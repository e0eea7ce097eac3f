using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class TwilioOptionsTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void A_whole_account_passes_in_Production()
    {
        var (options, failures) = Read(Environments.Production, Whole());

        Assert.Empty(failures);
        Assert.False(options.StartsSimulator);
        Assert.False(options.IsSimulated);
        Assert.Equal(TwilioOptions.TwilioApiUrl, options.ApiUrl);
        Assert.Equal("+14155550100", options.CallerId);
        Assert.Equal(2, options.PhoneNumbers.Count);
    }

    [Fact]
    public void Nothing_set_in_Development_means_the_simulator()
    {
        var (options, failures) = Read(
            Environments.Development, new(StringComparer.Ordinal) { ["ASPNETCORE_URLS"] = "http://0.0.0.0:5207" });

        Assert.Empty(failures);
        Assert.True(options.StartsSimulator);
        Assert.True(options.IsSimulated);
        Assert.Equal(TwilioOptions.SimulatorUrl, options.ApiUrl);
        Assert.Equal("http://localhost:5207", options.PublicBaseUrl);
    }

    [Fact]
    public void Two_starts_with_the_simulator_share_no_secret()
    {
        var (first, _) = Read(Environments.Development, []);
        var (second, _) = Read(Environments.Development, []);

        Assert.NotEqual(first.AuthToken, second.AuthToken);
        Assert.NotEqual(first.ApiSecret, second.ApiSecret);
    }

    [Fact]
    public void Nothing_set_in_Production_is_refused_in_one_sentence()
    {
        var (_, failures) = Read(Environments.Production, []);

        var failure = Assert.Single(failures);
        Assert.Contains("No Twilio account is configured", failure, StringComparison.Ordinal);
        Assert.Contains(TwilioOptions.AuthTokenName, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public void Half_an_account_is_refused_and_the_missing_half_is_named(string environment)
    {
        var settings = Whole();
        settings.Remove(TwilioOptions.ApiSecretName);
        settings[TwilioOptions.AppSidName] = "";

        var (_, failures) = Read(environment, settings);

        var failure = Assert.Single(failures);
        Assert.Contains(TwilioOptions.ApiSecretName, failure, StringComparison.Ordinal);
        Assert.Contains(TwilioOptions.AppSidName, failure, StringComparison.Ordinal);
        Assert.DoesNotContain(TwilioOptions.AuthTokenName, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_listed_at_once_and_no_secret_is_told()
    {
        var settings = Whole();
        settings[TwilioOptions.AccountSidName] = "SK" + new string('1', 32);
        settings[TwilioOptions.ApiKeyName] = "SK123";
        settings[TwilioOptions.AppSidName] = "AP" + new string('z', 32);
        settings[TwilioOptions.PhoneNumberName] = "+14155550100, 0171 1234567";
        settings[TwilioOptions.BaseUrlName] = "http://crm.example.com";
        settings[TwilioOptions.ApiUrlName] = "http://api.example.com";

        var (_, failures) = Read(Environments.Production, settings);

        Assert.Equal(6, failures.Count);
        string[] names =
        [
            TwilioOptions.AccountSidName, TwilioOptions.ApiKeyName, TwilioOptions.AppSidName, TwilioOptions.PhoneNumberName,
            TwilioOptions.BaseUrlName, TwilioOptions.ApiUrlName,
        ];
        foreach (var name in names)
        {
            Assert.Contains(failures, failure => failure.StartsWith(name, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(
            failures,
            failure => failure.Contains(Secret, StringComparison.Ordinal) || failure.Contains("1234567", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("crm.example.com")]
    [InlineData("ftp://crm.example.com")]
    [InlineData("https://user:pass@crm.example.com")]
    [InlineData("https://crm.example.com?x=1")]
    public void A_base_address_that_Twilio_could_not_call_is_refused(string address)
    {
        var settings = Whole();
        settings[TwilioOptions.BaseUrlName] = address;

        Assert.StartsWith(
            TwilioOptions.BaseUrlName, Assert.Single(Read(Environments.Production, settings).Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_address_without_an_account_is_a_mistake()
    {
        var (_, failures) = Read(
            Environments.Development, new(StringComparer.Ordinal) { [TwilioOptions.BaseUrlName] = "https://crm.example.com" });

        Assert.StartsWith(TwilioOptions.BaseUrlName, Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public void The_base_address_keeps_its_letters_and_loses_its_last_slash()
    {
        var settings = Whole();
        settings[TwilioOptions.BaseUrlName] = "https://CRM.Example.com:8443/";

        var (options, failures) = Read(Environments.Production, settings);

        Assert.Empty(failures);
        Assert.Equal("https://CRM.Example.com:8443/a", options.PublicUrl("/a"));
    }

    [Fact]
    public async Task A_bad_start_does_not_happen_and_says_everything_at_once()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => TwilioHost.StartAsync(settings: new(StringComparer.Ordinal)
        {
            [TwilioOptions.AppSidName] = "",
            [TwilioOptions.BaseUrlName] = "http://crm.example.com",
            ["VoiceTexts:LongestMessage"] = "00:00:01",
        }));

        var said = failure is AggregateException many
            ? string.Join('\n', many.InnerExceptions.Select(inner => inner.Message))
            : failure.Message;
        Assert.Contains(TwilioOptions.AppSidName, said, StringComparison.Ordinal);
        Assert.Contains(TwilioOptions.BaseUrlName, said, StringComparison.Ordinal);
        Assert.Contains("VoiceTexts:LongestMessage", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, said, StringComparison.Ordinal);
    }

    internal static Dictionary<string, string?> Whole() => new(StringComparer.Ordinal)
    {
        [TwilioOptions.AccountSidName] = "AC" + new string('1', 32),
        [TwilioOptions.AuthTokenName] = Secret,
        [TwilioOptions.ApiKeyName] = "SK" + new string('2', 32),
        [TwilioOptions.ApiSecretName] = Secret,
        [TwilioOptions.AppSidName] = "AP" + new string('3', 32),
        [TwilioOptions.PhoneNumberName] = "+14155550100, +442079460958",
        [TwilioOptions.BaseUrlName] = "https://crm.example.com",
    };

    private static (TwilioOptions Options, IReadOnlyList<string> Failures) Read(string environment, Dictionary<string, string?> settings)
    {
        var host = new StillEnvironment { EnvironmentName = environment };
        var options = new TwilioOptions();
        TwilioOptions.Fill(options, new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), host);
        return (options, [.. new TwilioOptionsCheck(host).Validate(null, options).Failures ?? []]);
    }

    private sealed class StillEnvironment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "";
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
