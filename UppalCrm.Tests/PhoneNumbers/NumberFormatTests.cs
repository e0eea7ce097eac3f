using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.PhoneNumbers;

/// <summary>The expected forms are what libphonenumber gives as national and international format.</summary>
public sealed class NumberFormatTests
{
    [Theory]
    [InlineData("+12025550111", "US", "(202) 555-0111")]
    [InlineData("+442079460958", "GB", "020 7946 0958")]
    [InlineData("+4930901820", "DE", "030 901820")]
    [InlineData("+33142685300", "FR", "01 42 68 53 00")]
    [InlineData("+61291920000", "AU", "(02) 9192 0000")]
    [InlineData("+390669812345", "IT", "06 6981 2345")]
    [InlineData("+5491123456789", "AR", "011 15-2345-6789")]
    [InlineData("+919876543210", "IN", "098765 43210")]
    [InlineData("+81332103210", "JP", "03-3210-3210")]
    public void At_home_a_number_is_written_nationally(string number, string home, string written) =>
        Assert.Equal(written, new NumberParser(() => home).Format(PhoneNumber.Parse(number)));

    [Theory]
    [InlineData("+12025550111", "+1 202 555 0111")]
    [InlineData("+442079460958", "+44 20 7946 0958")]
    [InlineData("+61291920000", "+61 2 9192 0000")]
    [InlineData("+5491123456789", "+54 9 11 2345 6789")]
    [InlineData("+81332103210", "+81 3 3210 3210")]
    [InlineData("+80012345678", "+800 1234 5678")]
    [InlineData("+9991234567", "+9991234567")]
    public void From_abroad_it_is_written_internationally(string number, string written) =>
        Assert.Equal(written, new NumberParser(() => "NL").Format(PhoneNumber.Parse(number)));

    [Fact]
    public async Task What_stands_for_a_withheld_number_is_put_into_words()
    {
        await using var centre = await CallCentre.OpenAsync();
        var format = centre.Get<NumberFormat>();

        Assert.Equal("Number withheld", format.Show("anonymous"));
        Assert.Equal("Number withheld", format.Show("+266696687"));
        Assert.Equal("(202) 555-0111", format.Show("+12025550111"));
        Assert.False(format.CanCallBack("+266696687"));
        Assert.True(format.CanCallBack("+12025550111"));
    }
}
