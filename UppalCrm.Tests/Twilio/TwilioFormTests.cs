using System.Text;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class TwilioFormTests
{
    [Fact]
    public void Names_that_differ_only_in_case_are_two_names()
    {
        var form = Form("To=1&to=2");

        Assert.Equal("1", form["To"]);
        Assert.Equal("2", form["to"]);
    }

    [Fact]
    public void The_query_counts_before_the_form()
    {
        var form = TwilioForm.Parse("?conference=ours", "conference=theirs"u8);

        Assert.Equal("ours", form["conference"]);
        Assert.Equal("theirs", form.InForm("conference"));
    }

    [Fact]
    public void A_name_said_twice_with_different_values_says_nothing()
    {
        var form = Form("From=client%3Aagent_7&From=client%3Aagent_1");

        Assert.Null(form["From"]);
        Assert.Equal(2, form.FormParameters.Count);
    }

    [Fact]
    public void A_name_said_twice_with_one_value_says_it() => Assert.Equal("a", Form("x=a&x=a")["x"]);

    [Theory]
    [InlineData("x=%", "%")]
    [InlineData("x=%4", "%4")]
    [InlineData("x=%zz", "%zz")]
    [InlineData("x=%C3", "\uFFFD")]
    [InlineData("x=a%00b", "a\0b")]
    [InlineData("x=a=b", "a=b")]
    [InlineData("&&x=1&&", "1")]
    [InlineData("x=%2B1+2", "+1 2")]
    public void Odd_encodings_are_read_as_well_as_they_can_be(string body, string expected) => Assert.Equal(expected, Form(body)["x"]);

    [Theory]
    [InlineData("n=")]
    [InlineData("n=-1")]
    [InlineData("n=1.5")]
    [InlineData("n=99999999999999999999")]
    [InlineData("n=abc")]
    [InlineData("other=1")]
    public void What_is_no_number_is_none(string body) => Assert.Null(Form(body).Number("n"));

    [Fact]
    public void Moments_are_read_as_Twilio_writes_them()
    {
        var form = Form("Timestamp=Tue%2C%2017%20Jun%202025%2009%3A00%3A47%20%2B0000&Odd=yesterday");

        Assert.Equal(new DateTimeOffset(2025, 6, 17, 9, 0, 47, TimeSpan.Zero), form.Moment("Timestamp"));
        Assert.Null(form.Moment("Odd"));
        Assert.Null(form.Moment("Missing"));
    }

    [Fact]
    public void Flags_are_true_or_false_or_not_known()
    {
        var form = Form("a=true&b=false&c=True");

        Assert.True(form.Flag("a"));
        Assert.False(form.Flag("b"));
        Assert.Null(form.Flag("c"));
    }

    private static TwilioForm Form(string body) => TwilioForm.Parse("", Encoding.UTF8.GetBytes(body));
}
