using Bunit;
using UppalCrm.Web.Layout;

namespace UppalCrm.Tests.Layout;

public sealed class LayoutTests
{
    [Theory]
    [InlineData("Dana Whitfield", "DW")]
    [InlineData("Anna Maria de la Cruz", "AC")]
    [InlineData("Cher", "C")]
    [InlineData("élise", "É")]
    [InlineData("  ", "?")]
    public void A_person_is_drawn_by_first_and_last_initial(string name, string initials) =>
        Assert.Equal(initials, SignedIn.Initials(name));

    [Fact]
    public void Every_icon_draws_something_and_is_hidden_from_screen_readers()
    {
        using var ctx = new BunitContext();
        foreach (var name in Icon.Names)
        {
            var svg = ctx.Render<Icon>(p => p.Add(i => i.Name, name)).Find("svg");
            Assert.Equal("true", svg.GetAttribute("aria-hidden"));
            Assert.NotEmpty(svg.QuerySelectorAll("path"));
        }
    }

    [Fact]
    public void An_icon_that_does_not_exist_is_a_mistake_that_is_seen()
    {
        using var ctx = new BunitContext();

        Assert.Throws<ArgumentException>(() => ctx.Render<Icon>(p => p.Add(i => i.Name, "unicorn")));
    }
}
